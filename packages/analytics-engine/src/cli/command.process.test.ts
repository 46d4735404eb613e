import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCommand } from '../../test/command.ts';
import { ACCOUNT, callers, scratchFolder, TOKEN } from '../../test/test-engine.ts';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await scratchFolder());
});
afterEach(() => remove());

/** Arguments of a command on the folder of this test. */
function at(...more: string[]): string[] {
  const data = path.join(folder, 'data');
  return ['--folder', data, '--port', '0', '--account-id', ACCOUNT, '--token', TOKEN, ...more];
}

describe('the command', () => {
  it('keeps what it has answered for when it is killed', async () => {
    const command = startCommand(at());
    const { write } = callers((await command.ready).url);
    const points = Array.from({ length: 50 }, () => ({ doubles: [1] }));
    let answered = 0;
    const writers = Array.from({ length: 4 }, async () => {
      for (;;) {
        const response = await write('d', points).catch(() => null);
        if (response === null) return;
        answered += response.status === 200 ? 50 : 0;
        if (answered >= 1000) command.child.kill('SIGKILL');
      }
    });
    await Promise.all(writers);
    expect(await command.ended).toBe('SIGKILL');

    const again = startCommand(at());
    const { rows } = callers((await again.ready).url);
    const [{ n }] = (await rows('SELECT count() AS n FROM d')) as [{ n: string }];
    expect(Number(n)).toBeGreaterThanOrEqual(answered);
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  it('ends when its standard input is closed, and says on one line where it listens', async () => {
    const command = startCommand(at('--exit-with-stdin', '--json'));
    const ready = await command.ready;
    expect(ready).toEqual({
      ready: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      sqlUrl: `${ready.url}/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`,
      accountId: ACCOUNT,
    });
    command.child.stdin!.end();
    expect(await command.ended).toBe(0);
    expect(JSON.parse(command.errors())).toMatchObject({
      level: 'info',
      message: 'ending: standard input was closed',
    });
  });

  it('says why it cannot start, by its exit code as well', async () => {
    const first = startCommand(at());
    const port = new URL((await first.ready).url).port;
    const second = startCommand(at());
    expect(await second.ended).toBe(4);
    expect(second.errors()).toContain(`process ${first.child.pid} has it open`);
    const elsewhere = ['--folder', path.join(folder, 'other')];
    const third = startCommand(at(...elsewhere, '--port', port));
    expect(await third.ended).toBe(7);
    expect(third.errors()).toContain(`port ${port} of 127.0.0.1 is taken`);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  });

  it.each([
    ['--port', 'x'],
    ['--port', '65536'],
    ['--retention-days', '0'],
    ['--retention-days', '3651'],
    ['--token', ''],
    ['--token', 'two words'],
    ['--account-id', 'a/b'],
    ['--unknown'],
  ])('refuses %s %s', async (...args) => {
    const command = startCommand(args);
    expect(await command.ended).toBe(2);
    expect(command.errors()).toContain(args[0]);
  });

  it('reads the token from a file, and makes one when it is given none', async () => {
    await writeFile(path.join(folder, 'token'), `${TOKEN}\n`);
    const data = ['--folder', path.join(folder, 'data'), '--port', '0'];
    const withFile = startCommand([...data, '--token-file', path.join(folder, 'token')]);
    const given = await withFile.ready;
    expect(given.token).toBeUndefined();
    const ask = (url: string, token: string): Promise<Response> =>
      fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: 'SHOW TABLES' });
    expect((await ask(given.sqlUrl, TOKEN)).status).toBe(200);
    withFile.child.kill('SIGTERM');
    expect(await withFile.ended).toBe(0);

    const without = startCommand(data);
    const made = await without.ready;
    expect((await ask(made.sqlUrl, made.token!)).status).toBe(200);
    without.child.kill('SIGTERM');
    expect(await without.ended).toBe(0);
  });
});

/** Gives the command a disk of its own, where a user may do that. */
const ON_SMALL_DISK = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];
const canMount =
  spawnSync(ON_SMALL_DISK[0]!, [...ON_SMALL_DISK.slice(1), 'mount -t tmpfs tmpfs /mnt']).status === 0;

describe('a full disk', () => {
  if (!canMount) console.warn('SKIPPED: a full disk, for this user may not mount one');

  it.skipIf(!canMount)('is said, and nothing that was answered for is lost', async () => {
    const wrapper = [...ON_SMALL_DISK, `mount -t tmpfs -o size=16m tmpfs ${folder} && exec "$0" "$@"`];
    const command = startCommand(at(), { wrapper });
    const { write, rows } = callers((await command.ready).url);
    let answered = 0;
    let refusal: Response | undefined;
    while (refusal === undefined) {
      const blobs = (): string[] => Array.from({ length: 20 }, () => randomBytes(64).toString('base64'));
      const response = await write(
        'd',
        Array.from({ length: 500 }, () => ({ blobs: blobs() })),
      );
      if (response.status === 200) answered += 500;
      else refusal = response;
    }
    expect(refusal.status).toBe(507);
    expect(await refusal.json()).toMatchObject({ error: { code: 'DISK_FULL', retryable: true } });
    expect(await rows('SELECT count() AS n FROM d')).toEqual([{ n: String(answered) }]);
    command.child.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });
});
