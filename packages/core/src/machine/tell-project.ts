/** What a project counts with: told whenever any of it has changed, and never otherwise. */
import { isProven, sameVersions } from './ledger.ts';
import type { OutboxEntry } from './outbox.ts';
import { isGone, isSick, openIncident, type MachineRecord } from './record.ts';
import { post, type Turn } from './turn.ts';

type Told = Omit<Extract<OutboxEntry['message'], { kind: 'changed' }>, 'kind' | 'word'>;

/** Tells the project what has become of the machine, if it would tell it anything new. */
export function tellProject(turn: Turn, before: MachineRecord): void {
  if (turn.record === before || isUntouched(turn.record, before)) return;
  const told = toldOf(turn.record);
  if (isSame(told, toldOf(before))) return;
  post(turn, { kind: 'changed', word: turn.record.sequence + 1, ...told });
}

/** What the project is to know of a machine. */
export function toldOf(record: MachineRecord): Told {
  const { state, host, versions, versionsSince, ledger, order } = record;
  return {
    phase: state.phase,
    sick: isSick(state),
    // One that is being created is not on a host yet, and may be put on another one.
    host: state.phase === 'provisioning' ? null : host,
    gone: isGone(record),
    versions,
    versionsSince,
    proven: isProven(ledger, versions),
    healthySince: state.phase === 'healthy' ? state.since : null,
    incidentAt: openIncident(state)?.openedAt ?? null,
    order: order && { id: order.id, status: order.status, message: order.message },
  };
}

/** Whether nothing that is told was touched: so it is at nearly every look. */
function isUntouched(a: MachineRecord, b: MachineRecord): boolean {
  return (
    a.state === b.state &&
    a.host === b.host &&
    a.versions === b.versions &&
    a.versionsSince === b.versionsSince &&
    a.order === b.order &&
    isGone(a) === isGone(b) &&
    (a.ledger === b.ledger || isProven(a.ledger, a.versions) === isProven(b.ledger, b.versions))
  );
}

function isSame(a: Told, b: Told): boolean {
  return (
    a.phase === b.phase &&
    a.sick === b.sick &&
    a.host === b.host &&
    a.gone === b.gone &&
    (a.versions === b.versions || sameVersions(a.versions, b.versions)) &&
    a.versionsSince === b.versionsSince &&
    a.proven === b.proven &&
    a.healthySince === b.healthySince &&
    a.incidentAt === b.incidentAt &&
    a.order?.id === b.order?.id &&
    a.order?.status === b.order?.status &&
    a.order?.message === b.order?.message
  );
}
