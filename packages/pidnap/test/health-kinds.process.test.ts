import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthStatus, ProcessDefinitionInput } from '../src/contract.ts';
import { shell, sleeper } from './definitions.ts';
import {
  eventually,
  freePort,
  isAlive,
  linesIn,
  pidFrom,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => void (pidnap = await startTestPidnap({})));
afterAll(() => pidnap.end());

/** Asks often, forgives nothing, and has a policy under which bad health is only shown. */
const OFTEN = { intervalMs: 20, startIntervalMs: 20, startPeriodMs: 0, retries: 2 };
const add = (name: string, definition: ProcessDefinitionInput) =>
  pidnap.client.add({ name, definition: { restart: 'on-success', ...definition } });
const get = (name: string) => pidnap.client.get({ name });
const becomes = (name: string, status: (typeof HealthStatus)['options'][number]) =>
  eventually(
    async () => {
      const view = await get(name);
      return view.health.status === status && view;
    },
    () => `${name} to be ${status}`,
  );

/** Replaces a file in one step: who reads it at that moment sees the old content or the new, and never none. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Answers with the status in a file; listens while it is there. */
const SERVER = `
  const { existsSync, readFileSync } = require('node:fs');
  const [port, file] = process.argv.slice(1);
  const server = require('node:http').createServer((request, response) => {
    response.writeHead(Number(readFileSync(file, 'utf8')), { location: '/nowhere' }).end();
  });
  setInterval(() => {
    if (existsSync(file) === server.listening) return;
    if (server.listening) server.close();
    else server.listen(Number(port), '127.0.0.1');
  }, 20);`;

describe('a check of the kind', () => {
  it('"http" passes by status 2xx and 3xx, and says the status', async () => {
    const [port, file] = [await freePort(), scratchPath('status')];
    writeFileSync(file, '204');
    const health = { kind: 'http', url: `http://127.0.0.1:${port}/`, ...OFTEN } as const;
    await add('http', sleeper({ command: [process.execPath, '-e', SERVER, String(port), file], health }));
    expect((await becomes('http', 'healthy')).health.message).toBe('HTTP 204');
    for (const [status, expected] of [
      ['404', 'unhealthy'],
      ['302', 'healthy'],
      ['503', 'unhealthy'],
    ] as const) {
      replaceFile(file, status);
      expect((await becomes('http', expected)).health.message).toBe(`HTTP ${status}`);
    }
    expect(await get('http')).toMatchObject({ state: 'running', runs: 1 });
  });

  it('"tcp" passes while somebody listens', async () => {
    const [port, file] = [await freePort(), scratchPath('open')];
    writeFileSync(file, '200');
    const health = { kind: 'tcp', port, ...OFTEN } as const;
    await add('tcp', sleeper({ command: [process.execPath, '-e', SERVER, String(port), file], health }));
    await becomes('tcp', 'healthy');
    rmSync(file);
    expect((await becomes('tcp', 'unhealthy')).health.message).toContain('ECONNREFUSED');
    writeFileSync(file, '200');
    await becomes('tcp', 'healthy');
  });

  it('"command" runs with the folder and the environment of the process', async () => {
    const [cwd, seen] = [scratchPath('folder'), scratchPath('seen')];
    mkdirSync(cwd);
    const command = `echo "$PWD $ANSWER $PIDNAP_RUN" > ${seen}; test "$ANSWER" = 42`;
    await add(
      'command',
      sleeper({ cwd, env: { ANSWER: '42' }, health: { kind: 'command', command, ...OFTEN } }),
    );
    await becomes('command', 'healthy');
    expect(linesIn(seen)).toEqual([`${cwd} 42 1`]);
  });

  it('"command" that does not answer in time has failed, and is ended with all it started', async () => {
    const file = scratchPath('probe');
    const command = `sleep 1000 & echo $! > ${file}; wait`;
    const health = { kind: 'command', command, ...OFTEN, retries: 1, timeoutMs: 400 } as const;
    await add('hangs', sleeper({ health }));
    const pid = await pidFrom(file);
    expect((await becomes('hangs', 'unhealthy')).health.message).toBe('no answer in 400 ms');
    await pidnap.client.stop({ name: 'hangs' });
    await eventually(() => !isAlive(pid));
  });

  it('"log" passes at once when a line of this run matches on the stream', async () => {
    const go = scratchPath('go');
    const script = `echo ready; until test -e ${go}; do sleep 0.02; done; rm ${go}; echo 'now ready: 7' >&2; exec sleep 1000`;
    // Asked so seldom that only the line itself can have told.
    const health = {
      kind: 'log',
      pattern: 'ready(: \\d)?$',
      stream: 'stderr',
      intervalMs: 3_600_000,
      startIntervalMs: 3_600_000,
    } as const;
    await add('log', shell(script, { health }));
    await eventually(async () => (await pidnap.linesOf('log')).includes('ready'));
    expect((await get('log')).health.status).toBe('unknown');
    writeFileSync(go, '');
    const first = await becomes('log', 'healthy');
    expect(first.healthyAt).toBeGreaterThanOrEqual(first.startedAt ?? Infinity);
    await pidnap.client.restart({ name: 'log' });
    await pidnap.client.wait({ name: 'log', until: 'running', minRun: 2 });
    await eventually(
      async () => (await pidnap.linesOf('log')).filter((line) => line === 'ready').length === 2,
    );
    expect((await get('log')).health.status).toBe('unknown');
    writeFileSync(go, '');
    await becomes('log', 'healthy');
  });

  it('"log" with maxAgeMs passes as long as matching lines go on', async () => {
    const quiet = scratchPath('quiet');
    const script = `while :; do test -e ${quiet} || echo tick; echo other; sleep 0.05; done`;
    const health = { kind: 'log', pattern: '^tick$', maxAgeMs: 1000, ...OFTEN } as const;
    await add('ticks', shell(script, { health }));
    await becomes('ticks', 'healthy');
    writeFileSync(quiet, '');
    expect((await becomes('ticks', 'unhealthy')).health.message).toMatch(
      /last seen \d+ ms ago, more than 1000 ms/,
    );
    rmSync(quiet);
    await becomes('ticks', 'healthy');
  });

  it('"heartbeat" passes while the file changes; a file of an earlier run does not count', async () => {
    const [beat, quiet] = [scratchPath('beat'), scratchPath('quiet')];
    writeFileSync(quiet, '');
    writeFileSync(beat, 'of an earlier run');
    const script = `while :; do test -e ${quiet} || touch ${beat}; sleep 0.05; done`;
    const health = { kind: 'heartbeat', path: beat, maxAgeMs: 1000, ...OFTEN } as const;
    await add('beats', shell(script, { health }));
    expect((await becomes('beats', 'unhealthy')).health.message).toBe(
      `a change of ${beat} has not been seen in this run`,
    );
    rmSync(quiet);
    await becomes('beats', 'healthy');
    writeFileSync(quiet, '');
    await becomes('beats', 'unhealthy');
  });
});
