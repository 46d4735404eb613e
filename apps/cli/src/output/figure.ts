import type { MetricsColumn, MetricsTable } from '@fettle/contract/metrics-query';
import { formatDuration, formatSeconds } from './age.ts';
import { shortImage } from './fleet-rows.ts';

type Unit = MetricsColumn['unit'];
type Cell = MetricsTable['rows'][number][string];

/** A cell of an answer for people: with its unit; `-` where nothing is known. */
export function formatCell(value: Cell | undefined, unit: Unit): string {
  if (value === null || value === undefined || value === '') return '-';
  return typeof value === 'string' ? shorten(value) : formatFigure(value, unit);
}

/** A figure with its unit: `12.3 %`, `312 MB`, `4.1 s`. */
export function formatFigure(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${value.toFixed(1)} %`;
    case 'mb':
      return formatBytes(value * 1024 ** 2);
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return value < 1000 ? `${Math.round(value)} ms` : formatMs(value);
    case 'seconds':
      return formatDuration(value * 1000);
    case 'time':
      return new Date(value * 1000).toISOString().slice(0, 19).replace('T', ' ');
    case 'count':
    case 'text':
      return String(Number(value.toFixed(2)));
    default:
      return unit satisfies never;
  }
}

/**
 * Heading of a column in words. Units that stand beside every figure are left out: `memoryUsedMb` reads `memory used`.
 * Times are in UTC, as everywhere.
 */
export function columnTitle({ name, unit }: MetricsColumn): string {
  const words = name.replaceAll(/[A-Z]/g, (start) => ` ${start.toLowerCase()}`).split(' ');
  const title = words.filter((word) => !(word === unit && UNITS_BESIDE_FIGURES.has(word))).join(' ');
  return unit === 'time' ? `${title} (utc)` : title;
}

/** Not percent: a share and an amount of the same thing are told apart by it. */
const UNITS_BESIDE_FIGURES = new Set<string>(['mb', 'ms', 'seconds'] satisfies Unit[]);

function formatMs(ms: number): string {
  return ms < 60_000 ? formatSeconds(ms) : formatDuration(ms);
}

function formatBytes(bytes: number): string {
  const power = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 0), 4);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** Hashes and ids that nobody reads to their end. `--json` has them whole. */
function shorten(text: string): string {
  if (text.startsWith('sha256:')) return shortImage(text);
  if (/^[0-9a-f]{40}$/.test(text)) return text.slice(0, 7);
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text) ? text.slice(0, 8) : text;
}
