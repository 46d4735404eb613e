import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../shell/load-config.ts';
import { CliFailure } from '../failure.ts';
import type { Format } from './templates.ts';
import { writeFirstConfig } from './write-first-config.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-init-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const FORMATS: Format[] = ['ts', 'json', 'yaml'];
const pathOf = (format: Format): string => join(dir, `pidnap.config.${format}`);
const packageJson = (value: object): void => writeFileSync(join(dir, 'package.json'), JSON.stringify(value));

describe('a first config file', () => {
  it.each(FORMATS)('in %s is right as it is', async (format) => {
    const told = await writeFirstConfig(dir, { format, force: false });
    expect(told).toContain(`wrote pidnap.config.${format} with clock`);
    const { config } = await loadConfig(pathOf(format));
    expect(Object.keys(config.processes)).toEqual(['clock']);
  });

  it.each(['ts', 'yaml'] as const)('in %s has examples that are right as well', async (format) => {
    await writeFirstConfig(dir, { format, force: false });
    // Comments that hold a field, not a sentence.
    const text = readFileSync(pathOf(format), 'utf8').replaceAll(
      /^( *)(?:\/\/|#) ( *(?:\w+: .*|\w+:|\},))$/gm,
      '$1$2',
    );
    writeFileSync(pathOf(format), text);
    const { config } = await loadConfig(pathOf(format));
    expect(Object.keys(config.processes)).toEqual(['clock', 'migrate', 'web', 'cleanup']);
    expect(config.exitWith).toBe('clock');
  });

  it.each(FORMATS)('in %s has the scripts of a package.json', async (format) => {
    packageJson({
      packageManager: 'pnpm@10.0.0',
      scripts: { build: 'x', dev: 'x', start: 'x', worker: 'x' },
    });
    await writeFirstConfig(dir, { format, force: false });
    const { processes } = (await loadConfig(pathOf(format))).config;
    const facts = Object.entries(processes).map(([name, { command, autostart }]) => [
      name,
      command,
      autostart,
    ]);
    expect(facts).toEqual([
      ['app', ['pnpm', 'run', 'start'], true],
      ['dev', ['pnpm', 'run', 'dev'], false],
      ['worker', ['pnpm', 'run', 'worker'], true],
    ]);
  });

  it('starts the development script when there is no other', async () => {
    packageJson({ scripts: { dev: 'x' } });
    writeFileSync(join(dir, 'yarn.lock'), '');
    await writeFirstConfig(dir, { format: 'json', force: false });
    const { processes } = (await loadConfig(pathOf('json'))).config;
    expect(processes['dev']).toMatchObject({ command: ['yarn', 'run', 'dev'], autostart: true });
  });

  it.each([['no JSON'], ['{"scripts": 7}'], ['{"scripts": {"build": "x"}}']])(
    'does without a package.json that says nothing: %s',
    async (text) => {
      writeFileSync(join(dir, 'package.json'), text);
      await writeFirstConfig(dir, { format: 'json', force: false });
      expect(Object.keys((await loadConfig(pathOf('json'))).config.processes)).toEqual(['clock']);
    },
  );

  it('is not written over another, but with force', async () => {
    writeFileSync(pathOf('ts'), 'mine');
    await expect(writeFirstConfig(dir, { format: 'ts', force: false })).rejects.toThrow(CliFailure);
    expect(readFileSync(pathOf('ts'), 'utf8')).toBe('mine');
    await writeFirstConfig(dir, { format: 'ts', force: true });
    expect(readFileSync(pathOf('ts'), 'utf8')).toContain('export default');
  });

  it('is not written beside one of another kind, even with force', async () => {
    writeFileSync(pathOf('yaml'), '');
    await expect(writeFirstConfig(dir, { format: 'ts', force: true })).rejects.toThrow(
      /pidnap\.config\.yaml is there/,
    );
  });
});
