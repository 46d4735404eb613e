import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration with its unit (`500ms`, `30s`, `5m`, `2h`, `1d`) in milliseconds. */
export function duration(text: string): number {
  const ms = milliseconds(text);
  if (ms === null)
    throw new InvalidArgumentError('expected a duration with its unit, such as 500ms, 30s or 5m');
  return ms;
}

/** A point in time as milliseconds since 1970: an ISO 8601 time, or a duration before `now`. */
export function pastTime(text: string, now: number): number {
  const at = Date.parse(text);
  if (/^\d{4}-/.test(text) && !Number.isNaN(at)) return at;
  const ago = milliseconds(text);
  if (ago === null)
    throw new InvalidArgumentError('expected a time such as 2026-01-31T12:00:00Z, or a duration such as 10m');
  return now - ago;
}

function milliseconds(text: string): number | null {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? null : Math.round(Number(amount) * factor);
}

/** A whole number within bounds. */
export function count(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max)
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    return number;
  };
}

/** `term`, `TERM` and `SIGTERM` alike; whether it is a signal is for pidnap to say. */
export function signalName(text: string): string {
  const name = text.toUpperCase();
  return name.startsWith('SIG') ? name : `SIG${name}`;
}

/** Collects `NAME=value` options. */
export function variable(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected NAME=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
