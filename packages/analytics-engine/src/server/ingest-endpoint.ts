import * as v from 'valibot';
import { IngestBody } from '../contract/ingest.ts';
import { DATASET_NAME } from '../core/limits.ts';
import type { Row } from '../core/row.ts';
import type { Sampler } from '../core/sampling.ts';
import { EngineError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { type Answer, JSON_TYPE } from './answer.ts';

/** What an error of the ingest endpoint says: `{"error":{…}}`. */
export type IngestError = {
  code:
    | 'BAD_REQUEST'
    | 'UNAUTHORIZED'
    | 'METHOD_NOT_ALLOWED'
    | 'PAYLOAD_TOO_LARGE'
    | 'OVERLOADED'
    | 'DISK_FULL'
    | 'CLOSED'
    | 'INTERNAL';
  message: string;
  retryable: boolean;
  /** Where the input was wrong: `points.3.blobs`. */
  field?: string;
};

const STATUS: Record<IngestError['code'], number> = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  METHOD_NOT_ALLOWED: 405,
  PAYLOAD_TOO_LARGE: 413,
  OVERLOADED: 503,
  DISK_FULL: 507,
  CLOSED: 503,
  INTERNAL: 500,
};

/** An error in the form of the ingest endpoint. */
export function ingestError(error: Omit<IngestError, 'retryable'> & { retryable?: boolean }): Answer {
  const { code, message, retryable = false, field } = error;
  return {
    status: STATUS[code],
    headers: { ...JSON_TYPE, ...(retryable ? { 'retry-after': '1' } : {}) },
    body: `${JSON.stringify({ error: { code, message, retryable, ...(field === undefined ? {} : { field }) } })}\n`,
  };
}

/** Takes a batch of data points: all of it is on disk when the answer is 200. Nothing of a refused batch is written. */
export async function ingest(
  { store, sampler, now }: { store: Store; sampler: Sampler | null; now: () => number },
  dataset: string,
  body: Buffer,
): Promise<Answer> {
  if (!DATASET_NAME.test(dataset)) {
    const message = 'dataset: expected a letter or _, then at most 63 letters, digits, _ or -';
    return ingestError({ code: 'BAD_REQUEST', message, field: 'dataset' });
  }
  const parsed = parse(body);
  if ('error' in parsed) return ingestError({ code: 'BAD_REQUEST', ...parsed.error });

  const timestamp = Math.floor(now() / 1000);
  const rows: Row[] = [];
  for (const point of parsed.points) {
    const sampleInterval = sampler === null ? 1 : sampler.decide(dataset, indexKey(point), timestamp);
    if (sampleInterval !== null) rows.push({ timestamp, sampleInterval, point });
  }
  try {
    if (rows.length > 0) await store.insert(dataset, rows);
  } catch (error) {
    return failed(error);
  }
  return { status: 200, headers: JSON_TYPE, body: `{"written":${rows.length}}\n` };
}

type Points = v.InferOutput<typeof IngestBody>['points'];

function parse(body: Buffer): { points: Points } | { error: { message: string; field?: string } } {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    return { error: { message: `expected JSON: ${(error as SyntaxError).message}` } };
  }
  const result = v.safeParse(IngestBody, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? undefined;
  return { error: { message: field === undefined ? issue.message : `${field}: ${issue.message}`, field } };
}

function indexKey(point: Points[number]): string {
  const index = point.indexes?.[0] ?? '';
  return typeof index === 'string' ? index : index.base64;
}

function failed(error: unknown): Answer {
  if (!(error instanceof EngineError)) throw error;
  const { message, retryable } = error;
  const code =
    error.code === 'OVERLOADED' || error.code === 'DISK_FULL' || error.code === 'CLOSED'
      ? error.code
      : 'INTERNAL';
  return ingestError({ code, message, retryable: retryable || code === 'CLOSED' });
}
