import { InvalidArgumentError } from 'commander';
import { formatDuration } from '../output/age.ts';

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Understands lengths of time such as `30s`, `15m`, `6h`, `7d` within bounds, as milliseconds. */
export function duration(leastMs: number, mostMs: number): (text: string) => number {
  return (text) => {
    const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const ms = Number(amount) * (UNIT_MS[unit] ?? NaN);
    if (ms >= leastMs && ms <= mostMs) return ms;
    const bounds = `from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
    throw new InvalidArgumentError(`Expected a length of time such as 30s, 15m, 6h or 7d, ${bounds}.`);
  };
}
