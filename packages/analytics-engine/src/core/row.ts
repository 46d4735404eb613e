import { MAX_BLOBS, MAX_DOUBLES } from './limits.ts';
import type { WireNumber, WirePoint } from './data-point.ts';
import type { WireText } from './wire-text.ts';

/** A data point as it is stored. */
export type Row = {
  /** Unix seconds. */
  timestamp: number;
  /** How many data points it stands for. */
  sampleInterval: number;
  point: WirePoint;
};

/** Columns of an encoded row, in order. `dataset` has its value from the table. */
export const ROW_COLUMNS: readonly string[] = [
  'timestamp',
  '_sample_interval',
  'index1',
  ...Array.from({ length: MAX_BLOBS }, (_, i) => `blob${i + 1}`),
  ...Array.from({ length: MAX_DOUBLES }, (_, i) => `double${i + 1}`),
];

/** One line of ClickHouse's TabSeparated, with its line end. What is absent is empty or 0, as in production. */
export function encodeRow({ timestamp, sampleInterval, point }: Row): string {
  let line = `${timestamp}\t${sampleInterval}\t${encodeText(point.indexes?.[0])}`;
  for (let i = 0; i < MAX_BLOBS; i += 1) line += `\t${encodeText(point.blobs?.[i])}`;
  for (let i = 0; i < MAX_DOUBLES; i += 1) line += `\t${encodeNumber(point.doubles?.[i])}`;
  return `${line}\n`;
}

const ESCAPED = /[\\\t\n\r\0\b\f']/g;
const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  "'": "\\'",
};

function encodeText(text: WireText | undefined): string {
  if (text === undefined || text === null) return '';
  if (typeof text === 'string') return text.replace(ESCAPED, (character) => ESCAPES[character]!);
  // Bytes need not be UTF-8, and the line is: every one of them is escaped.
  return Array.from(
    atob(text.base64),
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  ).join('');
}

function encodeNumber(number: WireNumber | undefined): string {
  if (number === undefined) return '0';
  return typeof number === 'number' ? String(number) : DENORMAL[number];
}

const DENORMAL = { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' };
