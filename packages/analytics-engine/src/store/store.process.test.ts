import { afterEach, describe, expect, it } from 'vitest';
import { scratchFolder } from '../../test/test-engine.ts';
import type { Row } from '../core/row.ts';
import { openStore, type Store, type StoreOptions } from './store.ts';

const DAY = 86_400;

let store: Store | undefined;
let remove: (() => Promise<void>) | undefined;

afterEach(async () => {
  await store?.close();
  await remove?.();
  store = undefined;
  remove = undefined;
});

async function openTestStore(options: Partial<StoreOptions> = {}): Promise<Store & { folder: string }> {
  const scratch = options.folder === undefined ? await scratchFolder() : null;
  if (scratch !== null) remove = scratch.remove;
  const folder = options.folder ?? scratch!.folder;
  store = await openStore({
    folder,
    retentionDays: 90,
    gatherMs: 0,
    maxWaitingBytes: 1_000_000,
    query: { deadlineMs: 30_000, maxMemoryBytes: 500_000_000, maxAnswerBytes: 1_000_000 },
    ...options,
  });
  return { ...store, folder };
}

const now = (): number => Math.floor(Date.now() / 1000);

function row(overrides: Partial<Row> = {}): Row {
  return { timestamp: now(), sampleInterval: 1, point: {}, ...overrides };
}

async function ask(sql: string): Promise<string> {
  return Buffer.from(await store!.query(sql, 'TabSeparated')).toString();
}

/** Waits until ClickHouse has dropped what is too old: it does so on its own, in the background. */
async function untilCount(wanted: string): Promise<void> {
  while ((await ask('SELECT count() FROM ae.d')) !== wanted)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the store', () => {
  it('drops what is older than the retention, and nothing else', async () => {
    await openTestStore({ retentionDays: 90 });
    // Whole days: a part is dropped when the last point of its day is too old.
    await store!.insert('d', [
      row({ timestamp: now() - 92 * DAY }),
      row({ timestamp: now() - 89 * DAY }),
      row(),
    ]);
    await untilCount('2\n');
  });

  it('takes another retention for what is there already', async () => {
    const { folder } = await openTestStore({ retentionDays: 90 });
    await store!.insert('d', [row({ timestamp: now() - 10 * DAY }), row()]);
    await store!.close();
    await openTestStore({ folder, retentionDays: 7 });
    await untilCount('1\n');
    expect([...store!.datasets]).toEqual(['d']);
  });

  it('is for one engine at a time', async () => {
    const { folder } = await openTestStore();
    await expect(openStore({ ...({} as StoreOptions), folder })).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
    });
    await store!.insert('d', [row()]);
    expect(await ask('SELECT count() FROM ae.d')).toBe('1\n');
  });

  it('says so when a folder cannot be used', async () => {
    const opening = openStore({ ...({} as StoreOptions), folder: '/dev/null/nowhere' });
    await expect(opening).rejects.toMatchObject({ code: 'FOLDER_UNUSABLE', retryable: false });
  });

  it('answers short queries and takes data points while a long query runs', async () => {
    await openTestStore({ query: { deadlineMs: 2000, maxMemoryBytes: 500_000_000, maxAnswerBytes: 1000 } });
    let ended = false;
    const long = ask('SELECT count() FROM numbers(100000000000)').finally(() => {
      ended = true;
    });
    await store!.insert('d', [row()]);
    expect(await ask('SELECT count() FROM ae.d')).toBe('1\n');
    expect(ended).toBe(false);
    await expect(long).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' });
  });

  it('ends queries that take too long, need too much or answer too much', async () => {
    await openTestStore({ query: { deadlineMs: 100, maxMemoryBytes: 100_000_000, maxAnswerBytes: 1000 } });
    await expect(ask('SELECT count() FROM numbers(100000000000)')).rejects.toMatchObject({
      code: 'QUERY_TIMEOUT',
    });
    await expect(ask('SELECT groupArray(number) FROM numbers(100000000)')).rejects.toMatchObject({
      code: expect.stringMatching(/QUERY_TOO_LARGE|QUERY_TIMEOUT/) as string,
    });
    await expect(ask('SELECT number FROM numbers(100000)')).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
    });
    await expect(ask("SELECT throwIf(1, 'no')")).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      message: /no/,
    });
    expect(await ask('SELECT 1')).toBe('1\n');
  });

  it('keeps what a failed query had written out of the next answers', async () => {
    await openTestStore();
    await store!.insert('d', [row({ point: { blobs: ['no time'] } })]);
    const failing = () => store!.query('SELECT toDateTime(blob1) AS other FROM ae.d', 'JSON');
    // As many as there are connections, and one more.
    for (let asked = 0; asked < 3; asked += 1) {
      await expect(failing()).rejects.toMatchObject({ code: 'QUERY_FAILED' });
      expect(await ask('SELECT 1')).toBe('1\n');
    }
  });

  it('reads times in UTC', async () => {
    await openTestStore();
    expect(await ask("SELECT timezone(), toUnixTimestamp(toDateTime('2026-01-01 00:00:00'))")).toBe(
      'UTC\t1767225600\n',
    );
  });

  it('lets no query write, or read anything but tables', async () => {
    await openTestStore();
    for (const sql of [
      'CREATE TABLE ae.x (a UInt8) ENGINE = Memory',
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
      'SET max_execution_time = 0',
    ]) {
      await expect(ask(sql)).rejects.toMatchObject({ code: 'QUERY_FAILED' });
    }
  });

  it('ends the queries that wait when it closes, and not those that run', async () => {
    await openTestStore();
    const running = [ask('SELECT sleep(0.1)'), ask('SELECT sleep(0.1)')];
    const waiting = Array.from({ length: 5 }, () => ask('SELECT sleep(3)'));
    const refused = waiting.map((query) => expect(query).rejects.toMatchObject({ code: 'CLOSED' }));
    await store!.close();
    await Promise.all(refused);
    expect(await Promise.all(running)).toEqual(['0\n', '0\n']);
  });

  it('finishes what it has taken before it closes', async () => {
    const { folder } = await openTestStore();
    const inserts = Array.from({ length: 20 }, () => store!.insert('d', [row()]));
    const query = ask('SELECT sleep(0.1)');
    await store!.close();
    await Promise.all(inserts);
    expect(await query).toBe('0\n');
    await expect(store!.insert('d', [row()])).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(ask('SELECT 1')).rejects.toMatchObject({ code: 'CLOSED' });
    await openTestStore({ folder });
    expect(await ask('SELECT count() FROM ae.d')).toBe('20\n');
  });
});
