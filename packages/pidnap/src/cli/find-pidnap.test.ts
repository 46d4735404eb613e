import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPidnap, type TargetOptions } from './find-pidnap.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'pidnap-find-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const find = (options: TargetOptions, env: NodeJS.ProcessEnv = {}) =>
  findPidnap(options, { env, folder: dir });
function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('a command finds pidnap', () => {
  it('by the config file of the folder', async () => {
    const configFile = write('pidnap.config.yaml', 'processes: {}');
    expect(await find({})).toEqual({
      target: { address: join(dir, '.pidnap/pidnap.sock'), configFile },
      connection: { socketPath: join(dir, '.pidnap/pidnap.sock') },
    });
  });

  it('by a config file that says where its socket or its state is, also when the rest of it is wrong', async () => {
    const socket = write('a.json', '{ "listen": { "socket": "run/p.sock" }, "proceses": {} }');
    expect((await find({ config: socket })).connection).toEqual({ socketPath: join(dir, 'run/p.sock') });
    const state = write('b.json', '{ "stateDir": "/state" }');
    expect((await find({ config: state })).connection).toEqual({ socketPath: '/state/pidnap.sock' });
  });

  it('by a URL and a file with the token', async () => {
    const tokenFile = write('token', 'secret-of-sixteen\n');
    const expected = { url: 'http://h:1', token: 'secret-of-sixteen' };
    expect((await find({ url: 'http://h:1', tokenFile })).connection).toEqual(expected);
    const env = { PIDNAP_URL: 'http://h:1', PIDNAP_TOKEN_FILE: tokenFile };
    expect((await find({}, env)).connection).toEqual(expected);
  });

  it('first by the command line, then by the environment, then by the folder', async () => {
    write('pidnap.config.yaml', 'processes: {}');
    const env = { PIDNAP_SOCKET: '/env.sock' };
    expect((await find({ socket: '/cli.sock' }, env)).target.address).toBe('/cli.sock');
    expect((await find({}, env)).target.address).toBe('/env.sock');
    expect((await find({})).target.address).toBe(join(dir, '.pidnap/pidnap.sock'));
  });

  it.each<[TargetOptions, number, RegExp]>([
    [{}, 3, /no pidnap is known in .*: it has no pidnap\.config file/],
    [{ socket: '/a', url: 'http://b' }, 2, /--socket and --url name more than one pidnap/],
    [{ url: 'http://b' }, 2, /--token-file/],
    [{ url: 'b', tokenFile: '/t' }, 2, /"b" is no URL/],
    [{ url: 'http://b', tokenFile: '/nowhere' }, 2, /ENOENT/],
  ])('or says what is missing: %j', async (options, exitCode, message) => {
    await expect(find(options)).rejects.toThrow(
      expect.objectContaining({ exitCode, message: expect.stringMatching(message) }),
    );
  });
});
