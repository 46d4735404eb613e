import { MAX_BLOB_BYTES, MAX_BLOBS, MAX_DOUBLES, MAX_INDEX_BYTES, MAX_INDEXES } from './limits.ts';
import { utf8Length } from './utf8.ts';
import type { WireText } from './wire-text.ts';

/** A number as it travels: JSON has no NaN and no infinities. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';
/** A data point as it travels to the engine. */
export type WirePoint = { indexes?: WireText[]; blobs?: WireText[]; doubles?: WireNumber[] };

/**
 * Reads the argument of `writeDataPoint` as the runtime does: same conversions, same order of checks, same error texts.
 * Throws a TypeError where production throws one; what the event's own getters throw is passed on.
 */
export function readDataPoint(event: unknown): WirePoint {
  if (event === undefined || event === null) return {};
  if (typeof event !== 'object' && typeof event !== 'function') {
    throw new TypeError(
      "Failed to execute 'writeDataPoint' on 'AnalyticsEngine': parameter 1 is not of type 'AnalyticsEngineEvent'.",
    );
  }
  const fields = event as Record<string, unknown>;
  const indexes = arrayOf(fields, 'indexes', toText);
  const doubles = arrayOf(fields, 'doubles', toNumber);
  const blobs = arrayOf(fields, 'blobs', toText);
  if (indexes !== undefined) checkIndexes(indexes);
  if (blobs !== undefined) checkBlobs(blobs);
  if (doubles !== undefined && doubles.length > MAX_DOUBLES)
    refuse(`Maximum of ${MAX_DOUBLES} doubles supported.`);
  return {
    ...(indexes === undefined ? {} : { indexes: indexes.map(toWireText) }),
    ...(blobs === undefined ? {} : { blobs: blobs.map(toWireText) }),
    ...(doubles === undefined ? {} : { doubles: doubles.map(toWireNumber) }),
  };
}

type Text = string | Uint8Array | null;

function arrayOf<T>(
  fields: Record<string, unknown>,
  name: string,
  convert: (value: unknown) => T,
): T[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw new TypeError(
      `Incorrect type for the '${name}' field on 'AnalyticsEngineEvent': the provided value is not of type 'Array'.`,
    );
  }
  // Array.from, unlike map, visits holes.
  return Array.from(value, convert);
}

function toText(value: unknown): Text {
  if (value === undefined || value === null) return null;
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return `${value as string}`; // a template refuses symbols, as the runtime does
}

function toNumber(value: unknown): number {
  return +(value as number); // refuses symbols and bigints, as the runtime does
}

function checkIndexes(indexes: Text[]): void {
  if (indexes.length > MAX_INDEXES) refuse(`Maximum of ${MAX_INDEXES} indexes supported.`);
  if (indexes.length > 0 && byteLength(indexes[0]!) > MAX_INDEX_BYTES) {
    refuse(`Size of indexes[0] exceeds ${MAX_INDEX_BYTES} bytes).`);
  }
}

function checkBlobs(blobs: Text[]): void {
  if (blobs.length > MAX_BLOBS) refuse(`Maximum of ${MAX_BLOBS} blobs supported.`);
  const bytes = blobs.reduce((sum, blob) => sum + byteLength(blob), 0);
  if (bytes > MAX_BLOB_BYTES) refuse(`Cumulative size of blobs exceeds ${MAX_BLOB_BYTES} bytes).`);
}

function refuse(what: string): never {
  throw new TypeError(`writeDataPoint(): ${what}`);
}

function byteLength(text: Text): number {
  if (text === null) return 0;
  return typeof text === 'string' ? utf8Length(text) : text.byteLength;
}

function toWireText(text: Text): WireText {
  return text instanceof Uint8Array ? { base64: btoa(String.fromCharCode(...text)) } : text;
}

function toWireNumber(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}
