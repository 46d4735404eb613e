import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { metricsSettings } from './settings.ts';
import { askAnalytics, type Way } from './sql-api.ts';

const TOKEN = 'token-that-must-not-come-back';
const SETTINGS = metricsSettings({
  FETTLE_ANALYTICS_URL: 'https://analytics.test/client/v4/accounts/1/analytics_engine/sql',
  FETTLE_ANALYTICS_TOKEN: TOKEN,
});
const QUERY = {
  sql: 'SELECT index1 AS machine, count() AS points FROM machine_metrics',
  columns: [
    { name: 'machine', unit: 'text' as const },
    { name: 'points', unit: 'count' as const },
  ],
};

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Way['send'] =>
  async () =>
    new Response(body, { status, headers });

/** Asks, and sees to it that the token is nowhere but in the request. */
async function ask(send: Way['send'], settings = SETTINGS, deadlineMs = 15_000) {
  const answer = await askAnalytics(settings, QUERY, { send, deadlineMs });
  expect(logged + JSON.stringify(answer)).not.toContain(TOKEN);
  return answer;
}

let logged = '';
beforeEach(() => {
  logged = '';
  vi.spyOn(console, 'error').mockImplementation((...parts: unknown[]) => {
    logged += `${parts.map(String).join(' ')}\n`;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('the SQL API', () => {
  test('gets the statement as it is, with the token', async () => {
    let seen: Request | undefined;
    const answer = await ask(async (request) => {
      seen = request;
      return Response.json({ meta: [], data: [{ machine: 'demo.web-1.1', points: '3' }], rows: 1 });
    });
    expect(seen?.url).toBe(SETTINGS.FETTLE_ANALYTICS_URL);
    expect(seen?.headers.get('authorization')).toBe(`Bearer ${TOKEN}`);
    expect(await seen?.text()).toBe(QUERY.sql);
    expect(seen?.redirect).toBe('manual');
    expect(answer).toEqual({ ok: true, value: { ...QUERY, rows: [{ machine: 'demo.web-1.1', points: 3 }] } });
  });

  test('knows nothing of a dataset that was never written to, which is an empty table', async () => {
    const send = answering(422, 'Input was invalid: unable to find type of column: "index1"');
    expect(await ask(send)).toEqual({ ok: true, value: { ...QUERY, rows: [] } });
  });

  test.each([
    [422, 'Input was invalid: unknown function call: CONCAT', 'INTERNAL', /does not accept the query/],
    [400, '{"success":false,"errors":[{"code":9106}]}', 'METRICS_UNAVAILABLE', /FETTLE_ANALYTICS_TOKEN/],
    [401, '', 'METRICS_UNAVAILABLE', /FETTLE_ANALYTICS_TOKEN/],
    [403, '', 'METRICS_UNAVAILABLE', /FETTLE_ANALYTICS_TOKEN/],
    [404, '', 'METRICS_UNAVAILABLE', /account in FETTLE_ANALYTICS_URL/],
    [500, '', 'METRICS_UNAVAILABLE', /answered 500/],
    [302, '', 'METRICS_UNAVAILABLE', /answered 302/],
    [200, 'no json', 'INTERNAL', /something else/],
    [200, '{"data":"rows"}', 'INTERNAL', /something else/],
    [200, '{"data":[{"machine":"demo.web-1.1"}]}', 'INTERNAL', /something else/],
  ])('answers %i %s', async (status, body, code, message) => {
    const answer = await ask(answering(status, body));
    expect(answer).toEqual({ ok: false, code, message: expect.stringMatching(message) });
    expect(logged).toContain(status === 200 ? 'something else' : String(status));
    if (status !== 200) expect(logged).toContain(body);
  });

  test('is asked again when it says so', async () => {
    expect(await ask(answering(429, '', { 'retry-after': '7' }))).toMatchObject({
      code: 'METRICS_UNAVAILABLE',
      message: expect.stringContaining('in 7 s'),
    });
    expect(await ask(answering(429, ''))).toMatchObject({ message: expect.stringContaining('later') });
  });

  test('may refuse the connection', async () => {
    expect(await ask(() => Promise.reject(new TypeError('connection refused')))).toMatchObject({
      code: 'METRICS_UNAVAILABLE',
    });
    expect(logged).toContain('connection refused');
  });

  test('may hang: there is a deadline', async () => {
    const hang: Way['send'] = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    expect(await ask(hang, SETTINGS, 1)).toMatchObject({ code: 'METRICS_UNAVAILABLE' });
    expect(logged).toContain('TimeoutError');
  });

  test.each([
    [{}, /FETTLE_ANALYTICS_URL must be set/],
    [{ FETTLE_ANALYTICS_URL: 'https://analytics.test/sql' }, /FETTLE_ANALYTICS_TOKEN must be set/],
  ])('that is not configured says what to set', async (variables, message) => {
    const never: Way['send'] = () => Promise.reject(new Error('nothing may be asked'));
    expect(await ask(never, metricsSettings(variables))).toEqual({
      ok: false,
      code: 'METRICS_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
    expect(logged).toBe('');
  });
});
