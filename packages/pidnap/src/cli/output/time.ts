/** A duration for people, in its largest unit and the one below: `3d 4h`, `5m 6s`, `7s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** The same, with milliseconds below ten seconds: `12ms`, `1.2s`. */
export function formatShortDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms);
}

/** Time of day where pidnap's user is, `13:05:09.042`. */
export function formatClock(at: number): string {
  const date = new Date(at);
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((value) => part(value, 2))
    .join(':');
  return `${time}.${part(date.getMilliseconds(), 3)}`;
}

/** Day and time of day where pidnap's user is, `2026-01-31 13:05:09`. */
export function formatMoment(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return `${day.map((value) => String(value).padStart(2, '0')).join('-')} ${formatClock(at).slice(0, 8)}`;
}
