/** What must hold for the versions of a project after every step: quarantine, pins, rollouts and what machines are told. */
import type { VersionSet } from '@fettle/contract';
import { sameVersions } from '../machine/ledger.ts';
import { broughtTo, leadsTo, type NamedVersions } from '../project/named-versions.ts';
import type { PendingProjectAction, ProjectRecord, RolloutRecord } from '../project/record.ts';
import { activeRollout, backOrder, waveSize } from '../project/rollout/state.ts';
import { runnersOf } from '../project/slot-state.ts';

type Change = Extract<PendingProjectAction, { do: 'change' }>;
type Faults = (string | null)[];

/** Nothing is brought to quarantined versions, and incidents are open as long as somebody suffers. */
export function versionFaults(before: ProjectRecord, record: ProjectRecord): Faults {
  const { quarantines, incidents, pending } = record;
  const told = pending.flatMap((action) => (action.do === 'tell-fleet' ? [action.machineId] : []));
  const changed = pending.flatMap((action) => (action.do === 'change' ? [action.machineId] : []));
  return [
    ...fresh(before, record).map((action) => broughtFault(record, action)),
    ...incidents.map((one) => {
      if (one.closedAt !== null) return null;
      if (runnersOf(record, one.versions).length === 0) return `incident ${one.number} is open for nobody`;
      return quarantines.some(({ versions }) => sameVersions(versions, one.versions))
        ? null
        : `incident ${one.number} is open without a quarantine`;
    }),
    new Set(told).size < told.length ? 'two words on their way to one machine' : null,
    new Set(changed).size < changed.length ? 'two changes on their way to one machine' : null,
    record.fleetWord < before.fleetWord ? 'the word went down' : null,
    record.proven.length > 12 || record.incidents.length > 50 ? 'a history without bounds' : null,
  ];
}

/** One rollout at a time, in waves that are no larger than they may be, and back to exactly what was. */
export function rolloutFaults(before: ProjectRecord, record: ProjectRecord): Faults {
  const { rollout, policy } = record;
  if (rollout === null) return [];
  const active = activeRollout(before);
  const changes = fresh(before, record).filter((action) => action.do === 'change');
  const running = [...rollout.waves, ...rollout.back].filter((wave) => wave.outcome === 'running');
  const isOver = activeRollout(record) === null;
  return [
    active !== null && active.number < rollout.number && !hasEnded(before, rollout) ? 'two rollouts' : null,
    running.length > 1 ? 'two waves at once' : null,
    isOver && running.length > 0 ? 'a wave goes on after its rollout' : null,
    isOver && rollout.endedAt === null ? 'a rollout without an end' : null,
    ...[rollout.waves, rollout.back].flatMap((waves) =>
      waves.map((wave, index) =>
        wave.outcome === 'running' && wave.slots.length > waveSize(policy.rollout, index)
          ? `wave ${index} has ${wave.slots.length} machines`
          : null,
      ),
    ),
    ...changes.map((change) => backFault(rollout, change)),
    ...changes.map((change) => pinFault(record, change)),
  ];
}

/** A step may end one rollout and begin the next: the one that was is seen no more. */
function hasEnded(before: ProjectRecord, rollout: RolloutRecord): boolean {
  return rollout.number === before.rollouts + 1;
}

function fresh(before: ProjectRecord, record: ProjectRecord): PendingProjectAction[] {
  if (before.pending === record.pending) return [];
  const known = new Set(before.pending.map(({ id }) => id));
  return record.pending.filter(({ id }) => !known.has(id));
}

function broughtFault(record: ProjectRecord, action: PendingProjectAction): string | null {
  const names = namesFor(record, action);
  const found = record.quarantines.find(
    ({ versions }) => names !== null && leadsTo(names, versions) === 'yes',
  );
  return found === undefined ? null : `${action.do} leads to quarantined versions`;
}

function namesFor(record: ProjectRecord, action: PendingProjectAction): NamedVersions | null {
  if (action.do === 'provision') return { refs: action.versions, image: action.image };
  if (action.do !== 'change') return null;
  const present = record.told.find((one) => one.machineId === action.machineId)?.versions ?? null;
  return present === null ? null : broughtTo(present, action);
}

function backFault(rollout: RolloutRecord, change: Change): string | null {
  if (change.order !== backOrder(rollout)) return null;
  const was: VersionSet | undefined = rollout.before.find(
    (one) => one.machineId === change.machineId,
  )?.versions;
  return was !== undefined && leadsTo({ refs: change.refs, image: change.image ?? was.image }, was) === 'yes'
    ? null
    : `${change.machineId} does not go back to what it ran`;
}

function pinFault({ slots, pins }: ProjectRecord, { machineId }: Change): string | null {
  const slot = slots.find(({ machines }) => machines[0] === machineId)?.slot;
  if (slot === undefined) return `${machineId}, which is no slot’s newest machine, is changed`;
  return pins.some((pin) => pin.slot === slot) ? `${slot} is pinned and changed` : null;
}
