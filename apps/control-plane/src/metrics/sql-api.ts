import type { MetricsColumn, MetricsTable } from '@fettle/contract';
import * as v from 'valibot';
import { refusal, success, type Result } from '../result.ts';
import { readRetryAfter } from './core/judge-export.ts';
import { readRows, SqlAnswer } from './core/read-table.ts';
import type { MetricsSettings } from './settings.ts';
import { onlyOrigin } from '../outgoing/allow-target.ts';
import { fetchOutside, type OutgoingLimits } from '../outgoing/fetch-outside.ts';
import { log } from '../log.ts';

/** How Analytics Engine is reached, and how long it may take; for tests. */
export type Way = {
  send: (request: Request, limits: OutgoingLimits) => Promise<Response>;
  deadlineMs: number;
};

const WAY: Way = { send: (request, limits) => fetchOutside(request, {}, limits), deadlineMs: 15_000 };

/** A table has 10,000 rows at the most, and none of them a long one. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

/** Production's answer about a dataset that nothing was ever written to: it knows none of its columns. */
const NEVER_WRITTEN = 'unable to find type of column';

/** A statement, and the columns that its rows have. */
export type Query = { sql: string; columns: MetricsColumn[] };

/**
 * Asks Analytics Engine over its SQL API. Refuses with METRICS_UNAVAILABLE where the deployment or the service is at
 * fault, with a text that says what to do, and with INTERNAL where the query is; what was answered is in the log. Never
 * rejects, and never repeats the token. A dataset that was never written to has no rows.
 */
export async function askAnalytics(
  settings: MetricsSettings,
  query: Query,
  way: Partial<Way> = {},
): Promise<Result<MetricsTable>> {
  const { FETTLE_ANALYTICS_URL: url, FETTLE_ANALYTICS_TOKEN: token } = settings;
  if (url === undefined) return unavailable('FETTLE_ANALYTICS_URL must be set to the address of the SQL API');
  if (token === undefined) return unavailable('FETTLE_ANALYTICS_TOKEN must be set to a token of the SQL API');
  const { send, deadlineMs } = { ...WAY, ...way };
  let response: Response;
  let text: string;
  try {
    const request = new Request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
      body: query.sql,
      // A redirect would carry the token to whoever it names.
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineMs),
    });
    const limits = { allow: onlyOrigin(url), timeoutMs: deadlineMs, maxBytes: MOST_ANSWER_BYTES };
    response = await send(request, limits);
    text = await response.text();
  } catch (error) {
    log.error('Analytics Engine did not answer', error);
    return unavailable('Analytics Engine did not answer');
  }
  if (response.ok) return readAnswer(query, text);
  if (response.status === 422 && text.includes(NEVER_WRITTEN)) return success({ ...query, rows: [] });
  log.error(`Analytics Engine answered ${response.status}: ${text.slice(0, 500)}`);
  return refuse(response.status, response.headers.get('retry-after'));
}

function readAnswer(query: Query, text: string): Result<MetricsTable> {
  try {
    const answer = v.parse(v.pipe(v.string(), v.parseJson(), SqlAnswer), text);
    return success({ ...query, rows: readRows(query.columns, answer) });
  } catch (error) {
    log.error('Analytics Engine answered something else than rows', error);
    return refusal('INTERNAL', 'Analytics Engine answered something else than was asked for');
  }
}

function refuse(status: number, retryAfter: string | null): Result<MetricsTable> {
  if (status === 422) return refusal('INTERNAL', 'Analytics Engine does not accept the query');
  if (status === 429) {
    const waitMs = readRetryAfter(retryAfter, Date.now());
    const when = waitMs === null ? 'later' : `in ${Math.ceil(waitMs / 1000)} s`;
    return unavailable(`Analytics Engine was asked too often; ask again ${when}`);
  }
  // The gateway says 400 to a token that has not even the form of one.
  if ([400, 401, 403, 404].includes(status))
    return unavailable(
      `Analytics Engine refused us (${status}): FETTLE_ANALYTICS_TOKEN, or the account in FETTLE_ANALYTICS_URL, is wrong`,
    );
  return unavailable(`Analytics Engine answered ${status}`);
}

function unavailable(message: string): Result<MetricsTable> {
  return refusal('METRICS_UNAVAILABLE', message);
}
