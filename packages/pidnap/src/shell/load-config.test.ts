import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './load-config.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-config-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function problemsOf(text: string): readonly string[] {
  const path = join(dir, 'pidnap.config.json');
  writeFileSync(path, text);
  try {
    loadConfig(path);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const processes = (value: object): string => JSON.stringify({ stateDir: '/s', processes: value });

describe('loadConfig', () => {
  it('takes a good file', () => {
    expect(problemsOf(processes({ web: { command: ['x'], cwd: '/' } }))).toEqual([]);
  });

  it('says where JSON is broken', () => {
    expect(problemsOf('{ "stateDir": }')[0]).toMatch(/JSON/);
  });

  it('says that a file is missing', () => {
    expect(() => loadConfig(join(dir, 'none.json'))).toThrow(
      /none\.json is not a valid configuration:\n.*ENOENT/,
    );
  });

  it('shows the path of a cycle', () => {
    const a = { command: ['x'], cwd: '/', dependsOn: [{ process: 'b' }] };
    const b = { command: ['x'], cwd: '/', dependsOn: [{ process: 'a' }] };
    expect(problemsOf(processes({ a, b }))).toEqual([
      'processes.a.dependsOn: the dependencies form a cycle: a -> b -> a',
    ]);
  });
});
