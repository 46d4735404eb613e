import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, startTestEngine, TOKEN, type TestEngine } from '../test/test-engine.ts';

/** 2027-01-15 08:00:00 UTC */
const START = 1_800_000_000_000;
const SECOND_YEAR = 2_000_000_000;

let engine: TestEngine;
let clock = START;

beforeAll(async () => {
  engine = await startTestEngine({ now: () => clock, queryDeadlineMs: 500, retentionDays: 3650 });
});
afterAll(() => engine.close());

describe('data points', () => {
  it('are there when the answer is 200, with what was left out as empty and 0', async () => {
    clock = START + 999;
    const point = { indexes: ['i'], blobs: ['a\t\n\\é\0', null, { base64: 'w6k=' }], doubles: [1.5, -0.25] };
    expect(await (await engine.write('first', [point, {}])).json()).toEqual({ written: 2 });
    const rows = await engine.rows('SELECT * FROM first ORDER BY index1');
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      dataset: 'first',
      timestamp: '2027-01-15 08:00:00',
      _sample_interval: 1,
      index1: 'i',
      blob1: 'a\t\n\\é\0',
      blob2: '',
      blob3: 'é',
      blob20: '',
      double1: 1.5,
      double2: -0.25,
      double20: 0,
    });
    expect(Object.keys(rows[0]!)).toHaveLength(44);
  });

  it('are taken from many small requests at once', async () => {
    const writes = Array.from({ length: 200 }, (_, i) =>
      engine.write('small', [{ doubles: [i] }, { doubles: [i] }]),
    );
    for (const response of await Promise.all(writes)) expect(response.status).toBe(200);
    expect(await engine.rows('SELECT count() AS n, sum(double1) AS total FROM small')).toEqual([
      { n: '400', total: 39_800 },
    ]);
  });

  it('keep numbers that JSON does not have apart from 0', async () => {
    await engine.write('odd', [{ doubles: ['NaN', 'Infinity', '-Infinity', 1e-300] }]);
    expect(await engine.rows('SELECT double1, double2, double3, double4 FROM odd')).toEqual([
      { double1: null, double2: null, double3: null, double4: 1e-300 },
    ]);
  });

  it('of one request are written all or none', async () => {
    const response = await engine.write('whole', [{}, { blobs: ['x'.repeat(16_001)] }]);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        code: 'BAD_REQUEST',
        message: 'points.1.blobs: expected at most 16000 bytes in all blobs together',
        retryable: false,
        field: 'points.1.blobs',
      },
    });
    expect((await engine.ask('SELECT count() FROM whole')).status).toBe(422);
  });

  it.each([
    ['a name with a quote', "a'b", '{"points":[{}]}', 'dataset: expected a letter'],
    ['a name that is too long', 'x'.repeat(65), '{"points":[{}]}', 'dataset: expected a letter'],
    ['a path', '..%2F..%2Fetc', '{"points":[{}]}', 'dataset: expected a letter'],
    ['no JSON', 'd', '{"points":[', 'expected JSON'],
    ['NaN', 'd', '{"points":[{"doubles":[NaN]}]}', 'expected JSON'],
    ['a time of the caller’s', 'd', `{"points":[{"timestamp":${SECOND_YEAR}}]}`, 'points.0.timestamp'],
    ['nothing', 'd', '', 'expected JSON'],
  ])('are refused by name: %s', async (_, dataset, body, message) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${engine.url}/ingest/${dataset}`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('BAD_REQUEST');
    expect(error.message).toContain(message);
  });

  it('are refused without the token, by GET, and when there are too many bytes of them', async () => {
    const url = `${engine.url}/ingest/d`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await fetch(url, { method: 'POST', body: '{"points":[{}]}' })).status).toBe(401);
    expect((await fetch(url, { headers })).status).toBe(405);
    const body = 'x'.repeat(40 * 1024 * 1024);
    const large = await fetch(url, { method: 'POST', headers, body });
    expect(large.status).toBe(413);
    const endless = await fetch(url, {
      method: 'POST',
      headers,
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    expect(endless.status).toBe(413);
    expect((await fetch(`${engine.url}/healthz`)).status).toBe(200);
  });
});

describe('the SQL API', () => {
  beforeAll(async () => {
    clock = START;
    await engine.write('api', [
      { indexes: ['a'], doubles: [1] },
      { indexes: ['b'], doubles: [2] },
    ]);
  });

  it('answers in JSON without statistics, with 64-bit integers as texts', async () => {
    const response = await engine.ask('SELECT count() AS n, max(timestamp) AS last FROM api');
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(await response.json()).toEqual({
      meta: [
        { name: 'n', type: 'UInt64' },
        { name: 'last', type: 'DateTime' },
      ],
      data: [{ n: '2', last: '2027-01-15 08:00:00' }],
      rows: 1,
    });
  });

  it('says how many rows a limit left out', async () => {
    const answer = await (await engine.ask('SELECT index1 FROM api ORDER BY index1 LIMIT 1')).json();
    expect(answer).toMatchObject({ rows: 1, rows_before_limit_at_least: 2 });
  });

  it.each([
    [
      'JSONEachRow',
      'application/x-ndjson; charset=UTF-8',
      '{"index1":"a","double1":1}\n{"index1":"b","double1":2}\n',
    ],
    ['TabSeparated', 'text/tab-separated-values; charset=UTF-8', 'a\t1\nb\t2\n'],
  ])('answers in %s', async (format, type, body) => {
    const response = await engine.ask(`SELECT index1, double1 FROM api ORDER BY index1 FORMAT ${format}`);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(body);
  });

  it('takes any content type and ignores parameters that it does not know', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json', 'image/png']) {
      const response = await fetch(`${engine.sqlUrl}?database=x&query=y`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type },
        body: 'SELECT count() AS n FROM api FORMAT TabSeparated',
      });
      expect(await response.text()).toBe('2\n');
    }
  });

  it('lists datasets and time zones', async () => {
    expect(await engine.rows('SHOW TABLES')).toContainEqual({ dataset: 'api', type: 'analytics_engine' });
    expect(await engine.rows('SHOW TIMEZONE')).toEqual([{ timezone: 'Etc/UTC' }]);
    expect(await engine.rows('SHOW TIMEZONES')).toContainEqual({ timezone: 'Europe/Berlin' });
  });

  it('refuses what production refuses with 422 and a plain text', async () => {
    for (const statement of [
      'SELECT * FROM never_written',
      'DROP TABLE api',
      'garbage',
      '',
      'SELECT x FROM api',
    ]) {
      const response = await engine.ask(statement);
      expect(response.status).toBe(422);
      expect(response.headers.get('content-type')).toContain('text/plain');
      expect(await response.text()).toMatch(/^Input was invalid: /);
      expect(response.headers.get('x-local-analytics-engine')).toBeNull();
    }
  });

  it('answers like the gateway where a request does not reach it', async () => {
    const post = async (path: string, init: RequestInit): Promise<[number, number, boolean]> => {
      const response = await fetch(`${engine.url}${path}`, { method: 'POST', body: 'SELECT 1', ...init });
      const answer = (await response.json()) as { success: boolean; errors: { code: number }[] };
      return [response.status, answer.errors[0]!.code, answer.success];
    };
    const sql = `/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await post(sql, {})).toEqual([400, 9106, false]);
    expect(await post(sql, { headers: { authorization: 'Basic abc' } })).toEqual([400, 6111, false]);
    expect(await post(sql, { headers: { authorization: 'Bearer wrong' } })).toEqual([401, 10_000, false]);
    expect(await post(sql.replace(/a{32}/, 'b'.repeat(32)), { headers })).toEqual([403, 10_000, false]);
    expect(await post(sql.replace(/a{32}/, 'mine'), { headers })).toEqual([404, 7003, false]);
    expect(await post('/client/v4/nowhere', { headers })).toEqual([404, 7003, false]);
    expect(await post(sql, { headers, method: 'GET', body: undefined })).toEqual([405, 10_405, false]);
    expect(await post(sql, { headers, body: 'x'.repeat(1024 * 1024 + 1) })).toEqual([413, 10_413, false]);
  });

  it('survives a caller who leaves in the middle of a body', async () => {
    const { hostname, port } = new URL(engine.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /ingest/d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1000\r\n\r\n{`;
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    expect((await fetch(`${engine.url}/healthz`)).status).toBe(200);
  });
});

describe('an engine that closes', () => {
  it('waits for no caller who does not speak, and may be told twice', async () => {
    const { hostname, port } = new URL(engine.url);
    const silent = connect(Number(port), hostname);
    const slow = connect(Number(port), hostname);
    const gone = [silent, slow].map(async (socket) => {
      socket.on('error', () => undefined); // it is cut off, which is what this is about
      await once(socket, 'close');
    });
    await Promise.all([silent, slow].map((socket) => once(socket, 'connect')));
    slow.write(
      `POST /ingest/d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 9\r\n\r\n{`,
    );
    expect((await engine.write('d', [{}])).status).toBe(200);
    await Promise.all([engine.close(), engine.close(), ...gone]);
    await engine.close();
  });
});

describe('an engine with limits', () => {
  it('answers 429 to queries over the limit, until the minute is over', async () => {
    await engine.close();
    engine = await startTestEngine({ now: () => clock, queriesPerMinute: 2, retentionDays: 3650 });
    clock = START + 30_000;
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await engine.ask('SHOW TABLES')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await engine.ask('SHOW TABLES')).headers.get('retry-after')).toBe('30');
    clock += 30_000;
    expect((await engine.ask('SHOW TABLES')).status).toBe(200);
  });

  it('refuses data points that the disk is too slow for, and says when to come again', async () => {
    await engine.close();
    engine = await startTestEngine({ maxWaitingBytes: 1, retentionDays: 3650 });
    const responses = await Promise.all(Array.from({ length: 50 }, () => engine.write('much', [{}])));
    const written = responses.filter(({ status }) => status === 200).length;
    const refused = responses.filter(({ status }) => status === 503);
    expect(written).toBeGreaterThan(0);
    expect(refused).toHaveLength(50 - written);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(await refused[0]!.json()).toMatchObject({ error: { code: 'OVERLOADED', retryable: true } });
    expect(await engine.rows('SELECT count() AS n FROM much')).toEqual([{ n: String(written) }]);
  });

  it('samples an index value that is written often, and counts stay near the truth', async () => {
    await engine.close();
    engine = await startTestEngine({ now: () => clock, sample: { fullRate: 10 }, retentionDays: 3650 });
    const often = Array.from({ length: 1000 }, () => ({ indexes: ['often'] }));
    for (let i = 0; i < 10; i += 1) {
      clock += 1000;
      expect((await engine.write('sampled', [...often, { indexes: ['rare'] }])).status).toBe(200);
    }
    const rows = await engine.rows(
      'SELECT index1, sum(_sample_interval) AS points, count() AS kept FROM sampled GROUP BY index1 ORDER BY index1',
    );
    const [much, little] = rows as { points: string; kept: string }[];
    expect(little).toMatchObject({ points: '10', kept: '10' });
    expect(Number(much!.kept)).toBeLessThan(1000);
    // The standard deviation is 704 (ten times the root of 10 * (0 + 1 + ... + 99)); chance decides once in 10^15 runs.
    expect(Math.abs(Number(much!.points) - 10_000)).toBeLessThan(8 * 704);
  });
});
