import { checkOffset } from '../../packages/core/src/machine/wake.ts';

/** Machine ids whose checks lie in the first part of the interval, and where: the grid follows from the id. */
export function namesDueWithin(
  count: number,
  intervalMs: number,
  withinMs: number,
): { name: string; offsetMs: number }[] {
  const names: { name: string; offsetMs: number }[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `bench.m-${number}.1`;
    const offsetMs = checkOffset(name, intervalMs);
    if (offsetMs < withinMs) names.push({ name, offsetMs });
  }
  return names;
}
