import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../src/version.ts';
import packageJson from '../package.json' with { type: 'json' };
import { pidnapCommand, startPidnapCommand } from './pidnap-command.ts';
import { eventually, scratchPath } from './pidnap-process.ts';

function folder(): string {
  const path = scratchPath('folder');
  mkdirSync(path);
  return path;
}

describe('pidnap without a running pidnap', () => {
  it('explains itself', () => {
    const { code, out } = pidnapCommand(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'init',
      'run',
      'check',
      'status',
      'logs',
      'start',
      'stop',
      'restart',
      'Exit codes:',
    ])
      expect(out).toContain(command);
    expect(pidnapCommand(['staus'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean status?'),
    });
    expect(pidnapCommand([]).code).toBe(2);
  });

  it('has the version of its package', () => {
    expect(pidnapCommand(['--version']).out.trim()).toBe(VERSION);
    expect(packageJson.version).toBe(VERSION);
  });

  it('says where it looked when nobody answers, and how to start one', () => {
    const cwd = folder();
    expect(pidnapCommand(['status', '--socket', '/nowhere/pidnap.sock'])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/no pidnap answers at \/nowhere\/pidnap\.sock\nstart one with `pidnap run`/),
    });
    expect(pidnapCommand(['status'], { cwd })).toMatchObject({
      code: 3,
      err: expect.stringContaining('pidnap init'),
    });
    writeFileSync(join(cwd, 'pidnap.config.json'), '{}');
    expect(pidnapCommand(['logs', '-f'], { cwd })).toMatchObject({
      code: 3,
      err: expect.stringContaining(join(cwd, '.pidnap/pidnap.sock')),
    });
  });

  it('says what is wrong with a config file, and does not run it', () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ processes: { web: { comand: [] } } }));
    for (const verb of ['check', 'run']) {
      const { code, err } = pidnapCommand([verb, '--config', 'c.json'], { cwd });
      expect(code).toBe(2);
      expect(err).toContain('  processes.web.command: this field is required\n');
      expect(err).toContain('  processes.web.comand: this field is not known; did you mean "command"?\n');
    }
    expect(pidnapCommand(['check'], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('pidnap init'),
    });
  });

  it('writes a config file that runs, and is found by the commands that ask it', async () => {
    const cwd = folder();
    expect(pidnapCommand(['init'], { cwd })).toMatchObject({
      code: 0,
      out: expect.stringContaining('pidnap run'),
    });
    expect(pidnapCommand(['init'], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--force'),
    });
    expect(pidnapCommand(['check'], { cwd })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is valid: clock\n/),
    });
    const pidnap = startPidnapCommand(['run'], { cwd });
    try {
      await eventually(() => pidnap.output().includes('listens on'), pidnap.output);
      expect(pidnapCommand(['wait', 'clock'], { cwd })).toMatchObject({ code: 0 });
    } finally {
      expect(await pidnap.end('SIGTERM')).toBe(0);
    }
  });
});
