import * as v from 'valibot';
import { MAX_BLOB_BYTES, MAX_BLOBS, MAX_DOUBLES, MAX_INDEX_BYTES, MAX_INDEXES } from '../core/limits.ts';
import { wireTextLength } from '../core/wire-text.ts';

const WireText = v.union(
  [
    v.string(),
    v.null(),
    v.strictObject({
      base64: v.pipe(v.string(), v.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)),
    }),
  ],
  'expected a text, null, or {"base64":"…"}',
);

const WireNumber = v.union(
  [v.pipe(v.number(), v.finite()), v.picklist(['NaN', 'Infinity', '-Infinity'])],
  'expected a number, or one of the texts NaN, Infinity and -Infinity',
);

/** The length comes first: a list that is too long may hold millions, and none of them is worth a look. */
function listOf<Item extends v.GenericSchema>(item: Item, max: number, what: string) {
  return v.pipe(
    v.custom<v.InferInput<Item>[]>(Array.isArray, 'expected an array'),
    v.maxLength(max, `expected at most ${max} ${what}`),
    v.array(item),
  );
}

/** One data point: what `writeDataPoint` takes, with bytes as `{"base64":…}` and NaN and infinities as texts. */
export const DataPoint = v.strictObject({
  indexes: v.optional(
    v.pipe(
      listOf(WireText, MAX_INDEXES, 'index'),
      v.check(
        (texts) => texts.every((text) => wireTextLength(text) <= MAX_INDEX_BYTES),
        `expected at most ${MAX_INDEX_BYTES} bytes`,
      ),
    ),
  ),
  blobs: v.optional(
    v.pipe(
      listOf(WireText, MAX_BLOBS, 'blobs'),
      v.check(
        (texts) => texts.reduce((sum: number, text) => sum + wireTextLength(text), 0) <= MAX_BLOB_BYTES,
        `expected at most ${MAX_BLOB_BYTES} bytes in all blobs together`,
      ),
    ),
  ),
  doubles: v.optional(listOf(WireNumber, MAX_DOUBLES, 'doubles')),
});
export type DataPoint = v.InferOutput<typeof DataPoint>;

/** Data points that one request may carry. */
export const MAX_POINTS_PER_REQUEST = 10_000;

/** Body of `POST /ingest/<dataset>`. */
export const IngestBody = v.strictObject({
  points: v.pipe(
    listOf(DataPoint, MAX_POINTS_PER_REQUEST, 'data points'),
    v.minLength(1, 'expected at least one data point'),
  ),
});
