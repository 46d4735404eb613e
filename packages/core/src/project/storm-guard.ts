/**
 * Keeps a project from acting on many machines at once. When most of a fleet looks sick, the cause is more likely
 * ours than theirs (Kubernetes stops evicting when every zone is unhealthy, for the same reason); when most of one
 * host's machines do, it is the host.
 */
import type { Policy } from '@fettle/contract';
import type { ProjectPermit, ToldMachine } from './record.ts';

type Guard = Policy['stormGuard'];

export type StormInput = {
  machineId: string;
  /** The host of the machine that asks. */
  host: string | null;
  /** Slots of the project. */
  total: number;
  /** What the machines have told; the one that asks counts as sick. */
  told: ToldMachine[];
  guard: Guard;
};

/** Why nothing disruptive may be done to this machine: too many are sick, everywhere or around it. */
export function stormAround(input: StormInput): string | null {
  const { machineId, host, total, told, guard } = input;
  const others = told.filter((one) => one.machineId !== machineId);
  const sick = others.filter((one) => one.sick).length + 1;
  const everywhere = stormMessage({ sick, total, guard });
  if (everywhere !== null || host === null) return everywhere;
  const neighbours = others.filter((one) => one.host === host);
  // Without machines elsewhere, host and project are the same group.
  if (others.every((one) => one.host === null || one.host === host)) return null;
  const sickHere = neighbours.filter((one) => one.sick).length + 1;
  const here = neighbours.length + 1;
  return isStorm(sickHere, here, guard)
    ? `${sickHere} of ${here} machines on ${host} are sick, more than ${allowed(here, guard)}: the cause is probably the host`
    : null;
}

/** Why nothing disruptive is done in the whole project; `null` when nothing is held. */
export function stormMessage(input: { sick: number; total: number; guard: Guard }): string | null {
  const { sick, total, guard } = input;
  return isStorm(sick, total, guard)
    ? `${sick} of ${total} machines are sick, more than ${allowed(total, guard)}: the cause is probably not in the machines`
    : null;
}

function isStorm(sick: number, total: number, guard: Guard): boolean {
  return sick > guard.alwaysAllowSick && sick > total * guard.maxSickShare;
}

function allowed(total: number, guard: Guard): number {
  return Math.max(guard.alwaysAllowSick, Math.floor(total * guard.maxSickShare));
}

/** Why this machine has to wait its turn: enough others are being worked on. Permits that lapsed count no more. */
export function crowdAround(input: {
  machineId: string;
  host: string | null;
  total: number;
  permits: ProjectPermit[];
  guard: Guard;
}): string | null {
  const { machineId, host, total, guard } = input;
  const others = input.permits.filter((permit) => permit.machineId !== machineId);
  const most = Math.max(1, Math.floor(total * guard.maxConcurrentShare));
  if (others.length >= most) return crowdMessage(others, `at most ${most} at a time`);
  const here = others.filter((permit) => host !== null && permit.host === host);
  return here.length >= guard.maxConcurrentPerHost
    ? crowdMessage(here, `at most ${guard.maxConcurrentPerHost} at a time on ${host}`)
    : null;
}

function crowdMessage(others: ProjectPermit[], limit: string): string {
  const who = others.map((permit) => permit.machineId).join(', ');
  return `${who} ${others.length === 1 ? 'is' : 'are'} being worked on; ${limit}`;
}
