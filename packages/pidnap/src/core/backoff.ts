/** Decides how long to wait before an automatic restart. */
import type { ProcessDefinition } from '../contract/definition.ts';

/**
 * Milliseconds before restart number `attempt` (from 0) in a row: exponential, capped, spread by jitter. The spread
 * comes from seed and run, not from chance, so that the same record always gives the same delay.
 */
export function backoffDelay(
  { initialMs, factor, maxMs, jitter }: ProcessDefinition['backoff'],
  { attempt, jitterSeed, runs }: { attempt: number; jitterSeed: number; runs: number },
): number {
  const plain = Math.min(initialMs * factor ** attempt, maxMs);
  const spread = 1 + jitter * (2 * fraction(jitterSeed, runs) - 1);
  return Math.round(plain * spread);
}

/** A number in [0, 1) that looks random in both arguments: the 32-bit finaliser of MurmurHash3. */
function fraction(seed: number, run: number): number {
  let h = (seed ^ Math.imul(run, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
