/**
 * A machine and its host as they look from outside: takes each action id once, refuses a sequence below the highest,
 * does accepted work in order, and is sick as a configuration wants. A plain value; every change makes a new one.
 */
import type {
  DataCopy,
  Inspection,
  Operation,
  OperationKind,
  VersionRefs,
  VersionSet,
} from '@fettle/contract';
import type { Action, ChangeProgress, Observation, Outcome, PendingAction } from '@fettle/core';
import { commit, copy, inspection, observation, service, versions } from '@fettle/core/testing/builders';

/**
 * What ails a machine, by what helps: `service` a restart of the service · `version` older versions · `stubborn` and
 * `wedged` (nobody inside answers) a restart of the machine · `ruined` nothing · `vanished` it is gone with its disk.
 */
export type Sickness = 'service' | 'version' | 'stubborn' | 'wedged' | 'ruined' | 'vanished';

type Work = { operation: Operation; restoreCopyId: string | null; target: VersionSet };

/** When something is taken, and what its machine is made from when it is created. */
type Taking = { now: number; refs: VersionRefs; image: string | null };

export type Receiver = {
  machineId: string;
  power: 'absent' | 'running' | 'stopped';
  diskPresent: boolean;
  sickness: Sickness | null;
  versions: VersionSet;
  /** Accepted work that has not ended, oldest first. */
  work: Work[];
  /** The newest operation. */
  operation: Operation | null;
  change: (ChangeProgress & { versions: VersionSet }) | null;
  highest: number;
  /** The action that was accepted last, and what was said to it. */
  taken: { id: string; outcome: Outcome } | null;
  /** Newest first. */
  copies: DataCopy[];
  restoredFrom: string | null;
};

export const GOOD_VERSIONS = versions();
export const BAD_VERSIONS = versions({ customer: commit('d') });

/** A machine that nobody has asked for yet. */
export function newReceiver(machineId: string): Receiver {
  return {
    machineId,
    power: 'absent',
    diskPresent: false,
    sickness: null,
    versions: GOOD_VERSIONS,
    work: [],
    operation: null,
    change: null,
    highest: 0,
    taken: null,
    copies: [],
    restoredFrom: null,
  };
}

/** Whether nothing is wrong with it and nothing is under way. */
export function isWell(receiver: Receiver): boolean {
  return receiver.power === 'running' && receiver.sickness === null && !isBusy(receiver);
}

export function isBusy({ work, change }: Receiver): boolean {
  return work.length > 0 || change?.status === 'running';
}

export function sicken(receiver: Receiver, sickness: Sickness): Receiver {
  if (sickness === 'vanished') return { ...receiver, power: 'absent', diskPresent: false, sickness: null };
  return { ...receiver, sickness, versions: sickness === 'version' ? BAD_VERSIONS : receiver.versions };
}

/** What pidnap is asked. */
const INSIDE: readonly Action['do'][] = ['restart-services', 'apply-versions', 'restore-work'];

/** Takes an action, answers a repeat as before, or refuses it. */
export function take(receiver: Receiver, action: PendingAction, at: Taking): [Receiver, Outcome] {
  const { id, sequence } = action.ref;
  const inside = INSIDE.includes(action.do);
  if (inside && (receiver.power !== 'running' || receiver.sickness === 'wedged'))
    return [receiver, refusal('MACHINE_UNREACHABLE', 'pidnap did not answer', true)];
  if (receiver.taken?.id === id) return [receiver, receiver.taken.outcome];
  if (sequence < receiver.highest)
    return [receiver, refusal('STALE_ACTION', 'A newer action was already accepted', false)];
  const outcome: Outcome = { ok: true };
  return [{ ...accept(receiver, action, at), highest: sequence, taken: { id, outcome } }, outcome];
}

function accept(receiver: Receiver, action: PendingAction, at: Taking): Receiver {
  switch (action.do) {
    case 'observe':
    case 'request-permit':
    case 'collect-evidence':
    case 'restore-work':
    case 'bootstrap':
      return receiver;
    case 'restart-services':
      return receiver.sickness === 'service' ? { ...receiver, sickness: null } : receiver;
    case 'apply-versions': {
      const target = resolve(action.refs, receiver.versions);
      return {
        ...receiver,
        change: { actionId: action.ref.id, status: 'running', message: '', versions: target },
      };
    }
    case 'create':
    case 'start':
    case 'stop':
    case 'restart':
    case 'destroy':
    case 'copy':
    case 'rebuild':
      return begin(receiver, action, at);
  }
}

function begin(receiver: Receiver, action: PendingAction & { do: OperationKind }, at: Taking): Receiver {
  const operation: Operation = {
    action: action.ref,
    kind: action.do,
    status: 'running',
    startedAt: at.now,
    finishedAt: null,
    error: null,
  };
  const restoreCopyId = restoreOf(action);
  return {
    ...receiver,
    operation,
    work: [...receiver.work, { operation, restoreCopyId, target: targetOf(receiver, action, at) }],
  };
}

/** What the machine runs once this work is done. */
function targetOf({ versions: present }: Receiver, action: Action, { refs, image }: Taking): VersionSet {
  if (action.do === 'rebuild') return { ...resolve(action.refs, present), image: action.image };
  if (action.do !== 'create') return present;
  return { ...resolve(refs, GOOD_VERSIONS), image: image ?? GOOD_VERSIONS.image };
}

/** The only branch there is leads to what works. */
function resolve({ platform, customer }: VersionRefs, present: VersionSet): VersionSet {
  const commitOf = (repository: 'platform' | 'customer', ref: string | undefined) =>
    ref === 'main' ? GOOD_VERSIONS[repository] : (ref ?? present[repository]);
  return {
    ...present,
    platform: commitOf('platform', platform),
    customer: commitOf('customer', customer),
  };
}

function restoreOf(action: Action): string | null {
  return action.do === 'create' ? action.restoreCopyId : null;
}

/** The oldest accepted work ends: it is done, or it failed and left everything as it was. */
export function endWork(receiver: Receiver, how: 'done' | 'failed', now: number): Receiver {
  const [first, ...work] = receiver.work;
  if (first === undefined) return receiver;
  const done = how === 'done' ? perform(receiver, first, now) : null;
  const error = { code: 'PROVIDER_FAILED', message: `${first.operation.kind} went wrong` };
  const ended: Operation = {
    ...first.operation,
    status: done === null ? 'failed' : 'done',
    error: done === null ? error : null,
    finishedAt: now,
  };
  const isNewest = receiver.operation?.action.id === ended.action.id;
  return { ...(done ?? receiver), work, operation: isNewest ? ended : receiver.operation };
}

/** What the work leads to; `null` when it cannot be done. */
function perform(
  receiver: Receiver,
  { operation, restoreCopyId, target }: Work,
  now: number,
): Receiver | null {
  const { power } = receiver;
  switch (operation.kind) {
    case 'create':
      if (power !== 'absent') return null;
      return {
        ...receiver,
        power: 'running',
        diskPresent: true,
        sickness: sicknessOf(target, null),
        versions: target,
        change: null,
        restoredFrom: restoreCopyId,
      };
    case 'rebuild': {
      if (power === 'absent') return null;
      const booted = boot(receiver);
      return { ...booted, versions: target, sickness: sicknessOf(target, booted.sickness) };
    }
    case 'start':
      return power === 'absent' ? null : power === 'running' ? receiver : boot(receiver);
    case 'restart':
      return power === 'absent' ? null : boot(receiver);
    case 'stop':
      return power === 'absent' ? receiver : { ...receiver, power: 'stopped', change: null };
    case 'destroy':
      return { ...receiver, power: 'absent', diskPresent: false, sickness: null, change: null };
    case 'copy': {
      if (!receiver.diskPresent) return null;
      const { machineId, copies } = receiver;
      const taken = copy({ copyId: `${machineId}.copy-${copies.length + 1}`, machineId, takenAt: now });
      return { ...receiver, copies: [taken, ...copies] };
    }
  }
}

function boot(receiver: Receiver): Receiver {
  const lasting = receiver.sickness === 'version' || receiver.sickness === 'ruined';
  return { ...receiver, power: 'running', change: null, sickness: lasting ? receiver.sickness : null };
}

/** The version change that runs ends. */
export function endChange(receiver: Receiver, how: 'done' | 'failed'): Receiver {
  const { change, sickness } = receiver;
  if (change?.status !== 'running') return receiver;
  const ended = { ...change, status: how };
  if (how === 'failed') return { ...receiver, change: ended };
  const { versions } = change;
  return { ...receiver, change: ended, versions, sickness: sicknessOf(versions, sickness) };
}

/** What ails a machine once it runs these: bad versions ail it by themselves, and with them goes what they did. */
function sicknessOf({ customer }: VersionSet, before: Sickness | null): Sickness | null {
  if (customer === BAD_VERSIONS.customer) return before ?? 'version';
  return before === 'version' ? null : before;
}

/** What a look finds. `silent`: the provider does not answer. */
export function look(
  receiver: Receiver,
  { depth, silent, now }: { depth: 'light' | 'deep'; silent: boolean; now: number },
): Observation {
  const nothing = { startedAt: now, routes: [], pidnap: null, daemon: null, inside: null, versions: null };
  if (silent)
    return { ...nothing, provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'connection refused' } };
  const provider = { ok: true as const, value: inspect(receiver) };
  if (provider.value.state !== 'running') return { ...nothing, provider };
  const { sickness } = receiver;
  const web = {
    service: 'web',
    ok: sickness === null,
    silent: sickness === 'wedged',
    message: sickness ?? 'answered 200',
  };
  if (depth === 'light') return { ...nothing, provider, routes: [web] };
  const unreachable = { ok: false as const, code: 'MACHINE_UNREACHABLE' as const, message: 'no answer' };
  if (sickness === 'wedged')
    return {
      ...nothing,
      provider,
      routes: [web],
      pidnap: unreachable,
      daemon: unreachable,
      inside: { ok: true, value: { pidnapAnswers: false } },
    };
  return observation({
    startedAt: now,
    provider,
    routes: [web],
    pidnap: { ok: true, value: { services: servicesOf(receiver), changes: changesOf(receiver) } },
    versions: receiver.versions,
  });
}

/** The services as pidnap tells them. */
export function servicesOf({ sickness }: Receiver) {
  const web =
    sickness === null
      ? service('web')
      : service('web', { state: 'failed', health: 'unhealthy', exitCode: 1 });
  return [service('daemon'), web];
}

function changesOf({ change }: Receiver): ChangeProgress[] {
  if (change === null) return [];
  const { actionId, status, message } = change;
  return [{ actionId, status, message }];
}

const MEANWHILE: Partial<Record<OperationKind, Inspection['state']>> = {
  create: 'creating',
  start: 'starting',
  restart: 'starting',
  stop: 'stopping',
  destroy: 'stopping',
  rebuild: 'stopping',
};

function inspect(receiver: Receiver): Inspection {
  const { machineId, power, diskPresent, work, operation, copies, versions } = receiver;
  const state = (work[0] && MEANWHILE[work[0].operation.kind]) ?? power;
  const { image } = versions;
  return inspection({ machineId, state, image, diskPresent, operation, lastCopy: copies[0] ?? null });
}

export function refusal(
  code: 'MACHINE_UNREACHABLE' | 'STALE_ACTION' | 'HOST_UNREACHABLE' | 'DEADLINE_EXCEEDED',
  message: string,
  retryable: boolean,
): Outcome {
  return { ok: false, code, message, retryable };
}
