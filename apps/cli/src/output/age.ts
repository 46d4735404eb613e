const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time for people: `4s`, `3m12s`, `2h05m`, `3d4h`. Negative lengths, which clocks can give, read as `0s`. */
export function formatDuration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
  if (ms < HOUR) return two(ms, MINUTE, 'm', SECOND, 's');
  if (ms < DAY) return two(ms, HOUR, 'h', MINUTE, 'm');
  return `${Math.floor(ms / DAY)}d${Math.floor((ms % DAY) / HOUR)}h`;
}

/** Seconds with one decimal, for measured times. */
export function formatSeconds(ms: number): string {
  return `${(ms / SECOND).toFixed(1)} s`;
}

/** How late something was: milliseconds up to a second, then as `formatDuration` has it. */
export function formatLag(ms: number): string {
  return ms < SECOND ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** How long ago something was, or `-` when it never was. */
export function formatAge(at: number | null, now: number): string {
  return at === null ? '-' : formatDuration(now - at);
}

/** Time of the day, in UTC: `14:03:59`. */
export function formatClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function two(ms: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % big) / small);
  return `${Math.floor(ms / big)}${bigUnit}${String(rest).padStart(2, '0')}${smallUnit}`;
}
