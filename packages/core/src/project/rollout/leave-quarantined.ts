/** Takes machines away from quarantined versions: a rollout that leads to them turns back, and a revert takes the rest. */
import type { VersionSet } from '@fettle/contract';
import { sameVersions } from '../../machine/ledger.ts';
import { broughtTo, leadsTo, namesOf } from '../named-versions.ts';
import type { ProjectRecord } from '../record.ts';
import { pinOf, runnersOf, toldOf, unfitness } from '../slot-state.ts';
import type { ProjectTurn } from '../turn.ts';
import { wayBack } from '../way-back.ts';
import { beginRollout } from './begin.ts';
import { activeRollout } from './state.ts';
import { orderOf } from './target.ts';
import { turnBack } from './turn-back.ts';

/** Versions have just been quarantined: the rollout that brings machines to them goes no further. */
export function leaveQuarantined(turn: ProjectTurn, versions: VersionSet): void {
  const { record } = turn;
  const rollout = activeRollout(record);
  if (rollout?.state !== 'running') return;
  const present = [
    ...rollout.before.map((one) => one.versions),
    ...rollout.waiting.flatMap((slot) => toldOf(record, slot)?.versions ?? []),
  ];
  const isItsTarget = present.some((from) => leadsTo(broughtTo(from, orderOf(rollout)), versions) === 'yes');
  // A branch: only a machine that has come to it tells.
  const hasLedThere = rollout.before.some(
    (one) =>
      !sameVersions(one.versions, versions) &&
      sameVersions(toldOf(record, one.slot)?.versions ?? null, versions),
  );
  if (isItsTarget || hasLedThere) turnBack(turn, 'what it leads to is quarantined');
}

/** Begins to take healthy machines away from quarantined versions, as long as no other rollout goes on. */
export function beginRevert(turn: ProjectTurn): void {
  const { record } = turn;
  if (record.policy.mode === 'shadow' || activeRollout(record) !== null) return;
  for (const { versions, leftAlone } of record.quarantines) {
    const ready = runnersOf(record, versions).flatMap(({ slot, told }) => {
      if (leftAlone.includes(told.machineId) || pinOf(record, slot) !== null) return [];
      const to = unfitness(record, slot) === null ? wayBack(record, slot, versions) : null;
      return to === null ? [] : [{ slot, to }];
    });
    const [first] = ready;
    if (first === undefined) continue;
    const names = namesOf(first.to);
    return beginRollout(turn, {
      kind: 'revert',
      target: { refs: names.refs, image: first.to.image === versions.image ? null : names.image },
      versions: first.to,
      isForAll: false,
      awayFrom: versions,
      waiting: ready.filter(({ to }) => sameVersions(to, first.to)).map(({ slot }) => slot),
      skipped: leftOut(record, versions),
    });
  }
}

/** What a revert of machines leaves out: pinned slots, and sick machines, whose own recovery takes them away. */
function leftOut(record: ProjectRecord, versions: VersionSet): { slot: string; reason: string }[] {
  return runnersOf(record, versions).flatMap(({ slot }) => {
    const pin = pinOf(record, slot);
    if (pin !== null) return [{ slot, reason: `it is pinned: ${pin}` }];
    const reason = unfitness(record, slot);
    return reason === null ? [] : [{ slot, reason }];
  });
}
