import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPidnapClient } from '../src/client.ts';
import type { ProcessDefinitionInput } from '../src/contract.ts';
import { sleeper } from './definitions.ts';
import { TOKEN, startTestPidnap, type TestPidnap } from './pidnap-process.ts';

let pidnap: TestPidnap;
beforeAll(async () => void (pidnap = await startTestPidnap({ web: sleeper() })));
afterAll(() => pidnap.end());

const overTcp = (token: string) => createPidnapClient({ url: pidnap.url, token });

describe('who may ask', () => {
  it('needs the token over TCP, and gets 401 without anything being done', async () => {
    const { process: web } = await pidnap.client.wait({ name: 'web', until: 'running' });
    for (const token of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.toUpperCase()]) {
      await expect(overTcp(token).stop({ name: 'web' })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        status: 401,
      });
    }
    const bare = await fetch(`${pidnap.url}/rpc/v1/list`, { method: 'POST', body: '{}' });
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await overTcp(TOKEN).get({ name: 'web' })).toMatchObject({ state: 'running', pid: web.pid });
  });

  it('needs no token for /healthz, which tells nothing else', async () => {
    const { pid, bootId } = await pidnap.client.info();
    const response = await fetch(`${pidnap.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { ok: true, pid, bootId }]);
  });

  it('follows a rotated token without a restart', async () => {
    writeFileSync(join(pidnap.dir, 'token'), 'another-token-that-is-longer');
    await expect(overTcp(TOKEN).info()).rejects.toMatchObject({ status: 401 });
    expect((await overTcp('another-token-that-is-longer').info()).shuttingDown).toBe(false);
    writeFileSync(join(pidnap.dir, 'token'), `${TOKEN}\n`);
    expect((await overTcp(TOKEN).info()).shuttingDown).toBe(false);
  });

  it('may use the socket only as the same user', async () => {
    expect(statSync(join(pidnap.dir, 'state', 'pidnap.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(join(pidnap.dir, 'state')).mode & 0o777).toBe(0o700);
  });

  it('cannot send more than the body limit', async () => {
    const definition = { ...sleeper(), command: ['echo', 'x'.repeat(400_000)] };
    await expect(overTcp(TOKEN).add({ name: 'big', definition })).rejects.toMatchObject({ status: 413 });
  });

  it('is told what is wrong with an input, by path, without the values of the environment', async () => {
    const definition = {
      ...sleeper(),
      cwd: 'here',
      env: { SECRET: 42 },
    } as unknown as ProcessDefinitionInput;
    const refused = await pidnap.client.add({ name: 'x', definition }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'BAD_REQUEST',
      data: {
        problems: [
          'definition.cwd: expected an absolute path, got "here"',
          'definition.env.SECRET: expected a string, got a number (put it in quotes)',
        ],
      },
    });
    expect(JSON.stringify(refused)).not.toContain('42');
  });
});
