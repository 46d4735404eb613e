/** Action ids for the host: each machine's effects are counted. Pure. */
import type { ActionRef } from '@fettle/contract/ids';

/** The next effect of a machine. It goes on from the time, so that a server that lost its count is not out of date. */
export function nextAction(last: Record<string, number>, machineId: string, now: number): ActionRef {
  const sequence = Math.max((last[machineId] ?? 0) + 1, now);
  last[machineId] = sequence;
  return { id: `${machineId}/${sequence}`, sequence };
}
