import * as v from 'valibot';
import { MAX_BLOB_BYTES, MAX_BLOBS, MAX_DOUBLES, MAX_INDEX_BYTES, MAX_INDEXES } from '../core/limits.ts';
import { wireTextLength } from '../core/wire-text.ts';

const WireText = v.union([
  v.string(),
  v.null(),
  v.strictObject({
    base64: v.pipe(v.string(), v.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)),
  }),
]);

const WireNumber = v.union([v.pipe(v.number(), v.finite()), v.picklist(['NaN', 'Infinity', '-Infinity'])]);

/** One data point: what `writeDataPoint` takes, with bytes as `{"base64":…}` and NaN and infinities as texts. */
export const DataPoint = v.strictObject({
  indexes: v.optional(
    v.pipe(
      v.array(WireText),
      v.maxLength(MAX_INDEXES, `expected at most ${MAX_INDEXES} index`),
      v.check(
        (texts) => texts.every((text) => wireTextLength(text) <= MAX_INDEX_BYTES),
        `expected at most ${MAX_INDEX_BYTES} bytes`,
      ),
    ),
  ),
  blobs: v.optional(
    v.pipe(
      v.array(WireText),
      v.maxLength(MAX_BLOBS, `expected at most ${MAX_BLOBS} blobs`),
      v.check(
        (texts) => texts.reduce((sum: number, text) => sum + wireTextLength(text), 0) <= MAX_BLOB_BYTES,
        `expected at most ${MAX_BLOB_BYTES} bytes in all blobs together`,
      ),
    ),
  ),
  doubles: v.optional(
    v.pipe(v.array(WireNumber), v.maxLength(MAX_DOUBLES, `expected at most ${MAX_DOUBLES} doubles`)),
  ),
});
export type DataPoint = v.InferOutput<typeof DataPoint>;

/** Data points that one request may carry. */
export const MAX_POINTS_PER_REQUEST = 10_000;

/** Body of `POST /ingest/<dataset>`. */
export const IngestBody = v.strictObject({
  points: v.pipe(
    v.array(DataPoint),
    v.minLength(1, 'expected at least one data point'),
    v.maxLength(MAX_POINTS_PER_REQUEST, `expected at most ${MAX_POINTS_PER_REQUEST} data points`),
  ),
});
