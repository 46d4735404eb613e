/** The brake on mass absence: when many machines are said to be gone at once, what says so is doubted, not they. */
import type { Policy } from '@fettle/contract';

/** One machine that is gone is an accident; two may be a listing that is wrong. */
export const LEAST_MASS = 2;

/** Why machines that are said to be gone are not replaced; `null` when they may be. */
export function massAbsence(input: {
  /** Machines that are said not to exist. */
  gone: number;
  /** Machines that there should be. */
  total: number;
  guard: Pick<Policy['stormGuard'], 'maxGoneShare'>;
}): string | null {
  const { gone, total, guard } = input;
  if (gone < LEAST_MASS || gone <= total * guard.maxGoneShare) return null;
  return `${gone} of ${total} machines are said to be gone at once: what says so is probably wrong`;
}
