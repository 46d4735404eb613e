/**
 * Keeps a project from acting on many machines at once. When most of a fleet looks sick, the cause is more likely
 * ours than theirs (Kubernetes stops evicting when every zone is unhealthy, for the same reason).
 */
import type { Policy } from '@fettle/contract';

export type StormInput = {
  machineId: string;
  /** Slots of the project. */
  total: number;
  sick: string[];
  permits: { machineId: string; expiresAt: number }[];
  guard: Policy['stormGuard'];
  now: number;
};

export type PermitAnswer = { granted: true; expiresAt: number } | { granted: false; message: string };

/** Whether one machine may do something disruptive now. A machine that holds a permit keeps it. */
export function judgePermit(input: StormInput): PermitAnswer {
  const { machineId, total, permits, guard, now } = input;
  const sick = new Set([...input.sick, machineId]).size;
  const storm = stormMessage({ sick, total, guard });
  if (storm !== null) return { granted: false, message: storm };
  const others = permits.filter((permit) => permit.expiresAt > now && permit.machineId !== machineId);
  const most = Math.max(1, Math.floor(total * guard.maxConcurrentShare));
  if (others.length >= most) {
    const who = others.map((permit) => permit.machineId).join(', ');
    return {
      granted: false,
      message: `${who} ${others.length === 1 ? 'is' : 'are'} being worked on; at most ${most} at a time`,
    };
  }
  return { granted: true, expiresAt: now + guard.permitMs };
}

/** Why nothing disruptive is done in the whole project; `null` when nothing is held. */
export function stormMessage(input: {
  sick: number;
  total: number;
  guard: Policy['stormGuard'];
}): string | null {
  const { sick, total, guard } = input;
  if (sick <= guard.alwaysAllowSick || sick <= total * guard.maxSickShare) return null;
  const allowed = Math.max(guard.alwaysAllowSick, Math.floor(total * guard.maxSickShare));
  return `${sick} of ${total} machines are sick, more than ${allowed}: the cause is probably not in the machines`;
}
