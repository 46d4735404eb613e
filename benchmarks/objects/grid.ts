import { checkOffset } from '../../packages/core/src/machine/wake.ts';

/** Machine ids whose checks lie in the first part of the interval: the grid follows from the id. */
export function namesDueWithin(count: number, intervalMs: number, withinMs: number): string[] {
  const names: string[] = [];
  for (let number = 1; names.length < count; number++) {
    const name = `bench.m-${number}.1`;
    if (checkOffset(name, intervalMs) < withinMs) names.push(name);
  }
  return names;
}

/** The next time after `now` that lies on the grid of a machine, or as much later as `shiftMs` says. */
export function nextOnGrid(machineId: string, intervalMs: number, now: number, shiftMs = 0): number {
  const offset = checkOffset(machineId, intervalMs) + shiftMs;
  return now - ((((now - offset) % intervalMs) + intervalMs) % intervalMs) + intervalMs;
}
