/**
 * Which steps the core's own invariants have something to say of. Most steps by far are looks at a healthy machine that
 * find it healthy, and what such a step left as it was has been checked when it came to be.
 */
import { isGone, type MachineRecord } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';

/** What holds for incidents is about machines that are not healthy, and about what is told of one that was not. */
export function concernsRecovery({ before, decision: { record, facts } }: MachineStep): boolean {
  if (before.state !== record.state || record.state.phase !== 'healthy') return true;
  return before.incidents !== record.incidents || facts.length > 0;
}

/** What holds for versions is about what a machine runs, is ordered to run, has proven, and tells of it. */
export function concernsVersions({ before, decision: { record } }: MachineStep): boolean {
  return (
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
