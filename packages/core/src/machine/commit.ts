/**
 * When a decision has to be durable. Rows written are what watching a machine costs, so a decision that nobody outside
 * could have noticed is not stored by itself: if the object dies first, it is as if it had not been made, and one
 * question is asked again.
 */
import type { Policy } from '@fettle/contract';
import type { Decision } from './decide.ts';
import type { MachineEvent } from './event.ts';
import { sameVersions } from './ledger.ts';
import { looksBad } from './on-reported.ts';
import type { MachineRecord, PendingAction } from './record.ts';

/**
 * `now`: stored before anything is sent or answered · `at-the-end`: at the latest when the alarm's run ends, or,
 * outside of one, when the next alarm comes.
 */
export type Commit = 'now' | 'at-the-end';

/** An object is dropped from memory after 10 s without a request; what it only remembers has to be stored before. */
export const REMEMBERED_MS = 8000;

/**
 * When the record and the facts of a decision have to be stored. `before`: the record that the event came to. The alarm
 * of a decision that comes out of the alarm's run is set at once in any case.
 */
export function commitOf(input: {
  before: MachineRecord;
  event: MachineEvent;
  decision: Decision;
  now: number;
}): Commit {
  const { event, decision } = input;
  switch (event.type) {
    case 'woke':
    case 'observed':
    case 'finished':
    case 'delivered':
      return decision.messages.length > 0 || decision.actions.some(hasEffect) ? 'now' : 'at-the-end';
    case 'reported':
      return isNews(input) ? 'now' : 'at-the-end';
    case 'commanded':
    case 'bootstrapped':
    case 'renewal-rotated':
    case 'audited':
      return 'now';
  }
}

/** Whether something may have changed when this was sent. A look only asks. */
export function hasEffect(action: PendingAction): boolean {
  return action.do !== 'observe';
}

/** A report that only says that all is as it was waits for the next look, if that comes soon. */
function isNews({
  before,
  decision,
  now,
}: {
  before: MachineRecord;
  decision: Decision;
  now: number;
}): boolean {
  const { report, state, change, versions } = decision.record;
  if (report === null || report === before.report) return false;
  if (decision.wakeAt === null || decision.wakeAt > now + REMEMBERED_MS) return true;
  const told = report.report.versions;
  return (
    state.phase !== 'healthy' ||
    change !== null ||
    looksBad(report.report) ||
    (told !== null && !sameVersions(told, versions))
  );
}

/** A report lies this long before the next check: late enough to be fresh, early enough for a slow way here. */
const LEAD_MS = 5000;

/**
 * How long the daemon is to wait before its next report, so that it comes a little before a check and need not be
 * stored by itself. Between half and one and a half of `report.everyMs`, and so short that one report may be lost with
 * the object that remembered it before the next is late. A wait that would be longer is made several.
 */
export function nextReportIn(record: MachineRecord, policy: Policy, now: number): number {
  const { everyMs, lateAfterMs } = policy.report;
  const { intervalMs } = policy.check;
  if (record.state.phase !== 'healthy') return everyMs;
  const lead = Math.min(LEAD_MS, intervalMs / 4);
  const first = record.check.dueAt - lead - now;
  const skipped = Math.max(0, Math.ceil((everyMs / 2 - first) / intervalMs));
  const wait = first + skipped * intervalMs;
  const longest = Math.max(everyMs, Math.min(everyMs * 1.5, (lateAfterMs - LEAD_MS) / 2));
  return Math.floor(wait / Math.ceil(wait / longest));
}
