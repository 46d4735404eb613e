/**
 * Which steps the core's own invariants have something to say of. Most steps by far are looks at a healthy machine that
 * find it healthy, and what such a step left as it was has been checked when it came to be.
 */
import { isGone, type MachineRecord } from '@fettle/core';
import type { WATCHING } from '@fettle/core/testing/invariants/watching';
import type { MachineStep } from '../world/surroundings.ts';

/** What may not hold after a report that only was kept: the rest of what holds is about what it left alone. */
export const OF_REPORTS: ReadonlySet<string> = new Set<keyof typeof WATCHING>([
  'a watched machine has a wake in the future',
  'a wake is never further away than the slowest rhythm',
  'nothing was seen in the future',
  'only the alarm acts',
]);

/** Whether a step only kept the report of a healthy machine. */
export function isOnlyReport({ before, event, decision: { record, facts } }: MachineStep): boolean {
  return (
    event.type === 'reported' &&
    facts.length === 0 &&
    record.state === before.state &&
    record.state.phase === 'healthy' &&
    record.check === before.check &&
    record.pending === before.pending &&
    record.outbox === before.outbox &&
    record.sequence === before.sequence &&
    record.ledger === before.ledger &&
    record.versions === before.versions
  );
}

/** What holds for incidents is about machines that are not healthy, and about what is told of one that was not. */
export function concernsRecovery({ before, decision: { record, facts } }: MachineStep): boolean {
  if (before.state !== record.state || record.state.phase !== 'healthy') return true;
  return before.incidents !== record.incidents || facts.length > 0;
}

/** What holds for versions is about what a machine runs, is ordered to run, has proven, and tells of it. */
export function concernsVersions({ before, decision: { record } }: MachineStep): boolean {
  return (
    before.state !== record.state ||
    before.versions !== record.versions ||
    before.versionsSince !== record.versionsSince ||
    before.order !== record.order ||
    before.fleet !== record.fleet ||
    before.outbox !== record.outbox ||
    before.host !== record.host ||
    isGone(before) !== isGone(record) ||
    provenOf(before) !== provenOf(record) ||
    isChange(record.pending)
  );
}

/** The set that runs is the last entry of a ledger. */
function provenOf({ ledger }: MachineRecord): string | null {
  return ledger.at(-1)?.state ?? null;
}

function isChange(pending: MachineRecord['pending']): boolean {
  return pending !== null && pending.do !== 'observe' && pending.do !== 'copy';
}
