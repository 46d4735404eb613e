/** Decides how long to wait before an automatic restart. */
import type { ProcessDefinition } from '../contract/definition.ts';

type Backoff = ProcessDefinition['backoff'];

/**
 * Milliseconds before restart number `attempt` (from 0) in a row: capped, then spread by jitter. The spread comes from
 * seed and run, not from chance, so that the same record always gives the same delay.
 */
export function backoffDelay(
  backoff: Backoff,
  { attempt, jitterSeed, runs }: { attempt: number; jitterSeed: number; runs: number },
): number {
  const plain = Math.min(grown(backoff, attempt), backoff.maxMs);
  const spread = 1 + backoff.jitter * (2 * fraction(jitterSeed, runs) - 1);
  return Math.round(plain * spread);
}

function grown({ kind, initialMs, factor }: Backoff, attempt: number): number {
  switch (kind) {
    case 'constant':
      return initialMs;
    case 'linear':
      return initialMs * (attempt + 1);
    case 'exponential':
      // The power of a long row is infinite, and nothing times infinity is no number.
      return initialMs === 0 ? 0 : initialMs * factor ** attempt;
    default:
      return kind satisfies never;
  }
}

/** A number in [0, 1) that looks random in both arguments: the 32-bit finaliser of MurmurHash3. */
function fraction(seed: number, run: number): number {
  let h = (seed ^ Math.imul(run, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
