/** What must hold in every step of a project object: of rollouts and their waves, of pins, quarantines and blame. */
import type { Policy, VersionSet, Wave } from '@fettle/contract';
import type { PendingProjectAction, ProjectRecord, ToldMachine } from '@fettle/core';
import type { ProjectStep } from '../world/surroundings.ts';
import type { World } from '../world/world.ts';
import { HOLDS, holdsUnless, IDLE, type Judgement } from './judgement.ts';
import { isArrivalSick, type Arrivals } from './arrivals.ts';
import type { Proofs } from './proofs.ts';
import { isSame } from './version-step-invariants.ts';

/** What is remembered of all machines beside what their objects keep. */
export type Memory = { proofs: Proofs; arrivals: Arrivals };

export type RolloutCheck = (step: ProjectStep, world: World, memory: Memory) => Judgement;

type Change = Extract<PendingProjectAction, { do: 'change' }>;

/** Changes that a step orders. */
function newChanges({ before, decision }: ProjectStep): Change[] {
  const { pending } = decision.record;
  if (pending === before.pending) return [];
  return pending.filter(
    (one): one is Change => one.do === 'change' && !before.pending.some(({ id }) => id === one.id),
  );
}

function slotOf({ slots }: ProjectRecord, machineId: string): string | null {
  return slots.find((one) => one.machines[0] === machineId)?.slot ?? null;
}

function toldOf({ told }: ProjectRecord, machineId: string): ToldMachine | undefined {
  return told.find((one) => one.machineId === machineId);
}

/** What a change leads to, as far as it and what the machine has told say it; `null` when they do not. */
function targetOf(record: ProjectRecord, { machineId, refs, image }: Change): VersionSet | null {
  const present = toldOf(record, machineId)?.versions ?? null;
  if (present === null) return null;
  return {
    image: image ?? present.image,
    platform: refs?.platform ?? present.platform,
    customer: refs?.customer ?? present.customer,
  };
}

/** As the policy's docstrings have it: the first wave, and each so many times as large as the one before. */
function largest({ firstWave, growth }: Policy['rollout'], index: number): number {
  return Math.max(1, Math.floor(firstWave * growth ** index + 1e-9));
}

function wavesFault(waves: readonly Wave[], policy: Policy['rollout']): string | null {
  for (const [index, wave] of waves.entries()) {
    const isLast = index === waves.length - 1;
    if (wave.outcome === 'running' && !isLast) return `wave ${index + 1} runs beside wave ${index + 2}`;
    const most = largest(policy, index);
    if (wave.slots.length > most)
      return `wave ${index + 1} has ${wave.slots.length} machines, at most ${most} allowed`;
  }
  return null;
}

export const ROLLOUT_INVARIANTS: Record<string, RolloutCheck> = {
  'V1 a rollout changes no more machines at once than its waves allow': (step) => {
    const { rollout, policy } = step.decision.record;
    if (rollout === null || rollout === step.before.rollout) return IDLE;
    const wrong = wavesFault(rollout.waves, policy.rollout) ?? wavesFault(rollout.back, policy.rollout);
    if (wrong !== null) return wrong;
    const running = [...rollout.waves, ...rollout.back].find((wave) => wave.outcome === 'running');
    const stray = newChanges(step).find(
      ({ machineId }) => !running?.slots.includes(slotOf(step.decision.record, machineId) ?? ''),
    );
    return holdsUnless(stray !== undefined, () => `${stray?.machineId} is changed outside of a wave`);
  },

  'V1 a wave that hurt is followed by no further wave': ({ before, decision }) => {
    const { rollout } = decision.record;
    if (rollout === null || rollout === before.rollout) return IDLE;
    const hurt = rollout.waves.findIndex((wave) => wave.outcome === 'hurt');
    return hurt === -1 ? IDLE : holdsUnless(hurt < rollout.waves.length - 1, () => `wave ${hurt + 1} hurt`);
  },

  'V1 a wave follows only one whose machines were healthy for the bake time': ({ before, decision, now }) => {
    const { record } = decision;
    const { rollout } = record;
    if (rollout === null || rollout === before.rollout) return IDLE;
    const known = before.rollout?.number === rollout.number ? before.rollout.waves : [];
    const judged = rollout.waves.filter(
      (wave, index) => wave.outcome === 'good' && known[index]?.outcome !== 'good',
    );
    if (judged.length === 0) return IDLE;
    for (const wave of judged)
      for (const slot of wave.slots) {
        if (rollout.skipped.some((one) => one.slot === slot)) continue;
        const newest = record.slots.find((one) => one.slot === slot)?.machines[0] ?? '';
        const told = toldOf(record, newest);
        if (told === undefined || told.incidentAt !== null || told.healthySince === null)
          return `${slot} is not well`;
        const since = Math.max(told.healthySince, told.versionsSince ?? 0);
        if (now - since < record.policy.rollout.bakeMs) return `${slot} is well for ${now - since} ms`;
      }
    return HOLDS;
  },

  'V3 a pinned slot is changed by nobody': (step) => {
    const { record } = step.decision;
    if (record.pins.length === 0) return IDLE;
    const changes = newChanges(step);
    if (changes.length === 0) return IDLE;
    const wrong = changes.find(({ machineId }) =>
      record.pins.some((pin) => pin.slot === slotOf(record, machineId)),
    );
    return holdsUnless(wrong !== undefined, () => `${wrong?.machineId} is changed`);
  },

  'V2 what goes back goes to what it ran before, and what leaves quarantined versions to proven ones': (
    step,
    _world,
    { proofs },
  ) => {
    const { record } = step.decision;
    const { rollout } = record;
    const changes = newChanges(step);
    if (rollout === null || changes.length === 0) return IDLE;
    if (rollout.state !== 'reverting' && rollout.kind === 'refresh') return IDLE;
    for (const change of changes) {
      const target = targetOf(record, change);
      const before = rollout.before.find((one) => one.machineId === change.machineId)?.versions ?? null;
      if (rollout.kind === 'refresh' && !isSame(target, before))
        return `${change.machineId} goes to ${text(target)} instead of ${text(before)}`;
      if (rollout.kind === 'revert' && (target === null || !proofs.has(record.project, target)))
        return `${change.machineId} leaves for ${text(target)}, which was never proven`;
    }
    return HOLDS;
  },

  'P8 no machine is brought to quarantined versions': ({ decision }) => {
    const { record, actions } = decision;
    if (record.quarantines.length === 0) return IDLE;
    const brought = actions.flatMap((action) => broughtBy(record, action) ?? []);
    if (brought.length === 0) return IDLE;
    for (const { who, target } of brought)
      for (const { versions } of record.quarantines)
        // An image that nobody names may be the quarantined one.
        if (isSame({ ...target, image: target.image ?? versions.image }, versions))
          return `${who} is brought to ${text(versions)}`;
    return HOLDS;
  },

  'P8 versions are quarantined as soon as they got enough machines sick soon after their arrival': ({
    event,
    decision,
  }) => {
    if (event.type !== 'machine-changed') return IDLE;
    const { record } = decision;
    const { versions } = event;
    if (versions === null || !isArrivalSick(event, record.policy.blame)) return IDLE;
    if (record.quarantines.some((one) => isSame(one.versions, versions))) return HOLDS;
    if (record.sickened.some((one) => one.isForgiven && isSame(one.versions, versions))) return IDLE;
    const isWayOut = (one: { versions: VersionSet }) =>
      !isSame(one.versions, versions) &&
      !record.quarantines.some((other) => isSame(other.versions, one.versions));
    if (!record.proven.some(isWayOut)) return IDLE;
    const told = record.slots.flatMap(({ machines }) => toldOf(record, machines[0] ?? '') ?? []);
    const runners = told.filter((one) => isSame(one.versions, versions));
    const sick = runners.filter((one) => isArrivalSick(one, record.policy.blame));
    const others = told.filter(
      (one) => !runners.includes(one) && one.versions !== null && !isArrivalSick(one, record.policy.blame),
    );
    const sickOthers = others.filter((one) => one.incidentAt !== null).length / Math.max(1, others.length);
    const { machines, share } = record.policy.blame;
    const isEnough = sick.length >= machines || (sick.length >= 2 && sick.length >= share * runners.length);
    // What makes everybody sick alike is not the version: more than twice as sick as the others.
    const isTheirs = sick.length / Math.max(1, runners.length) > 2 * sickOthers;
    return isEnough && isTheirs
      ? `${sick.length} of ${runners.length} machines of ${text(versions)} are sick`
      : IDLE;
  },

  'P8 only what got several machines sick soon after its arrival is blamed': (
    { before, decision },
    _world,
    memory,
  ) => {
    const { quarantines } = decision.record;
    if (quarantines === before.quarantines) return IDLE;
    const blamed = quarantines.filter(
      ({ by, since, versions }) =>
        by === 'blame' &&
        !before.quarantines.some((one) => one.since === since && isSame(one.versions, versions)),
    );
    if (blamed.length === 0) return IDLE;
    for (const { versions, machines } of blamed) {
      const sick = machines.filter((machineId) => memory.arrivals.has(machineId, versions));
      if (sick.length < 2)
        return `${text(versions)}, with which ${sick.length} of ${machines.join(', ')} got sick`;
    }
    return HOLDS;
  },

  'P8 nothing above level 2 is done to a machine that may still learn what to go back to': (step) => {
    const { event, decision, before } = step;
    if (event.type !== 'permit-requested' || event.level <= 2) return IDLE;
    const isQuarantined = before.quarantines.some((one) => isSame(one.versions, event.versions));
    const isUntold = before.pending.some(
      (one) => one.do === 'tell-fleet' && one.machineId === event.machineId,
    );
    if (!isQuarantined || !isUntold) return IDLE;
    return holdsUnless(
      decision.permit?.granted === true,
      () => `${event.machineId} gets level ${event.level}`,
    );
  },
};

type Brought = { who: string; target: Omit<VersionSet, 'image'> & { image: string | null } };

/** Where a machine is brought by what is sent for the first time; `null` where that is not said. */
function broughtBy(record: ProjectRecord, action: PendingProjectAction): Brought | null {
  if (action.sends !== 1) return null;
  if (action.do === 'change') {
    const target = targetOf(record, action);
    return target === null ? null : { who: action.machineId, target };
  }
  // A pinned slot gets what it had, whatever becomes of that.
  if (action.do !== 'provision' || record.pins.some((pin) => pin.slot === action.identity.slot)) return null;
  const { platform = '', customer = '' } = action.versions;
  return { who: action.identity.machineId, target: { image: action.image, platform, customer } };
}

function text(versions: VersionSet | null): string {
  if (versions === null) return 'nobody knows what';
  return `${versions.image}, platform ${versions.platform.slice(0, 8)}, customer ${versions.customer.slice(0, 8)}`;
}
