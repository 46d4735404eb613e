import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PidnapConfig } from '../contract/config.ts';
import { ConfigError } from './config-error.ts';
import { findConfigFile } from './config-file.ts';
import { loadConfig } from './load-config.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-config-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}
async function load(name: string, text: string): Promise<PidnapConfig> {
  return (await loadConfig(write(name, text))).config;
}
async function problemsOf(name: string, text: string): Promise<readonly string[]> {
  try {
    await load(name, text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
const withProcesses = (processes: object): string => JSON.stringify({ processes });

const WEB = { command: ['/bin/sh', '-c', 'serve --port 80'], env: { MODE: 'dev' } };
const FORMS: [string, string][] = [
  ['c.json', JSON.stringify({ processes: { web: { command: 'serve --port 80', env: { MODE: 'dev' } } } })],
  ['c.yaml', 'processes:\n  web:\n    command: serve --port 80 # by the shell\n    env: { MODE: dev }\n'],
  ['c.yml', 'processes: { web: { command: serve --port 80, env: { MODE: dev } } }'],
  [
    'c.ts',
    `const env: Record<string, string> = { MODE: 'dev' };
     export default { processes: { web: { command: 'serve --port 80', env } } };`,
  ],
  [
    'c.mts',
    `export default () => ({ processes: { web: { command: 'serve --port 80', env: { MODE: 'dev' } } } });`,
  ],
  [
    'c.mjs',
    `export default async () => ({ processes: { web: { command: 'serve --port 80', env: { MODE: 'dev' } } } });`,
  ],
  ['c.js', `module.exports = { processes: { web: { command: 'serve --port 80', env: { MODE: 'dev' } } } };`],
];

describe('loadConfig', () => {
  it.each(FORMS)('reads %s', async (name, text) => {
    const { stateDir, processes } = await load(name, text);
    expect(stateDir).toBe(join(dir, '.pidnap'));
    expect(processes['web']).toMatchObject({ ...WEB, cwd: dir });
  });

  it('takes relative paths from the folder of the file', async () => {
    const web = {
      command: ['./serve'],
      cwd: 'app',
      envFiles: ['.env', { path: '../shared.env' }, '/etc/all.env'],
      health: { kind: 'heartbeat', path: 'run/beat', maxAgeMs: 30_000 },
    };
    const listen = { socket: 'run/pidnap.sock', tcp: { port: 1, tokenFile: 'token' } };
    const config = await load('c.json', JSON.stringify({ stateDir: 'state', listen, processes: { web } }));
    expect(config.stateDir).toBe(join(dir, 'state'));
    expect(config.listen).toMatchObject({
      socket: join(dir, 'run/pidnap.sock'),
      tcp: { tokenFile: join(dir, 'token') },
    });
    expect(config.processes['web']).toMatchObject({
      // Looked up from `cwd` when the process starts, as a shell would.
      command: ['./serve'],
      cwd: join(dir, 'app'),
      envFiles: [{ path: join(dir, '.env') }, { path: join(dir, '../shared.env') }, { path: '/etc/all.env' }],
      health: { path: join(dir, 'run/beat') },
    });
  });

  it('reads code anew each time, and whatever it imports', async () => {
    write('command.ts', `export const command: string = 'first';`);
    const path = write(
      'c.ts',
      `import { command } from './command.ts';\nexport default { processes: { web: { command } } };`,
    );
    const commandOf = async () => (await loadConfig(path)).config.processes['web']?.command.at(-1);
    expect(await commandOf()).toBe('first');
    write('command.ts', `export const command: string = 'second';`);
    expect(await commandOf()).toBe('second');
  });

  it.each(['@fettle/pidnap/config', '@fettle/pidnap'])(
    'lets code import defineConfig from %s anywhere',
    async (name) => {
      const code = `import { defineConfig } from '${name}';\nexport default defineConfig({ processes: { web: { command: 'x' } } });`;
      expect((await load('c.ts', code)).processes['web']?.command.at(-1)).toBe('x');
    },
  );

  it('lets YAML share fields between processes', async () => {
    const { processes } = await load(
      'c.yaml',
      'processes:\n  a: &a\n    command: [x]\n    restart: never\n  b:\n    <<: *a\n    command: [y]\n',
    );
    expect(processes['b']).toMatchObject({ command: ['y'], restart: 'never' });
  });
});

describe('loadConfig says', () => {
  it.each([
    ['c.json', '{\n  "processes": }', 'line 2, column 16: expected a value, found "}"'],
    ['c.yaml', 'processes:\n  web: [a\n', /^line \d, column \d: .*flow sequence/i],
    [
      'c.yaml',
      'processes:\n  web: { command: [x] }\n  web: { command: [y] }\n',
      /^line 3, column 3: .*unique/,
    ],
    ['c.yaml', 'processes: *nowhere', /nowhere/],
    ['c.yaml', '', '(the whole document): expected an object with stateDir'],
    ['c.mjs', 'export default { a: ;', /c\.mjs:1\n[^]*SyntaxError: Unexpected token ';'$/],
    ['c.ts', '\nenum A { B }', /c\.ts:2\n[^]*TypeScript enum is not supported/],
    ['c.ts', `import './nowhere.ts';`, /Cannot find module '.*nowhere\.ts' imported from .*c\.ts/],
    [
      'c.mjs',
      `export default () => { throw new Error('no network'); };`,
      /c\.mjs:1\n[^]*Error: no network\n.*at/,
    ],
    ['c.mjs', 'export const config = {};', 'it has no default export'],
    ['c.mjs', 'export default { processes: () => {} };', 'a function at "processes" is no plain data'],
    ['c.mjs', 'export default await new Promise(() => {});', 'it awaits something that never comes'],
    ['c.mjs', 'process.exit(3);', 'its code ended with exit code 3'],
    ['c.mjs', 'export default () => {};', '(the whole document): expected an object with stateDir'],
    ['c.toml', '', 'expected a file that ends in .ts, .mts, .mjs, .js, .json, .yaml, .yml, got ".toml"'],
    [
      'c.json',
      withProcesses({ a: { command: ['x'], comand: 1 } }),
      'processes.a.comand: this field is not known; did you mean "command"?',
    ],
    [
      'c.json',
      JSON.stringify({ exitWith: 'webb', processes: { web: { command: ['x'] } } }),
      'exitWith: expected the name of a known process, got "webb"; did you mean "web"?',
    ],
  ])('what is wrong with %s: %j', async (name, text, problem) => {
    const [first] = await problemsOf(name, text);
    expect(first).toEqual(
      typeof problem === 'string' ? expect.stringContaining(problem) : expect.stringMatching(problem),
    );
  });

  it('that a file is missing', async () => {
    await expect(loadConfig(join(dir, 'none.json'))).rejects.toThrow(/none\.json cannot be used:\n.*ENOENT/);
    await expect(loadConfig(join(dir, 'none.ts'))).rejects.toThrow(/none\.ts cannot be used:\n.*ENOENT/);
  });

  it('the path of a cycle', async () => {
    const a = { command: ['x'], dependsOn: [{ process: 'b' }] };
    const b = { command: ['x'], dependsOn: [{ process: 'a' }] };
    expect(await problemsOf('c.json', withProcesses({ a, b }))).toEqual([
      'processes.a.dependsOn: the dependencies form a cycle: a -> b -> a',
    ]);
  });

  it('what contradicts itself within a definition', async () => {
    const web = { command: ['x'], backoff: { initialMs: 10, maxMs: 5 } };
    expect(await problemsOf('c.json', withProcesses({ web }))).toEqual([
      expect.stringMatching(/^processes\.web\.backoff/),
    ]);
  });
});

describe('findConfigFile', () => {
  it('finds the one of a folder', () => {
    expect(findConfigFile(dir)).toBeNull();
    const path = write('pidnap.config.yaml', '');
    expect(findConfigFile(dir)).toBe(path);
  });

  it('does not choose between two', () => {
    write('pidnap.config.yaml', '');
    write('pidnap.config.ts', '');
    expect(() => findConfigFile(dir)).toThrow(
      /pidnap\.config\.ts cannot be used:\n {2}it is not the only one in its folder: .*pidnap\.config\.yaml\n/,
    );
  });
});
