/**
 * Evidence of a machine, kept before a destructive level is tried on it for the first time in an incident. It is an aid
 * for people: recovery waits for it for a while, and goes on without it.
 */
import type { EvidenceBundle, Level } from '@fettle/contract';
import type { Outcome } from './event.ts';
import type { MachineRecord, PendingAction } from './record.ts';
import { checkSoon, note, start, tellIncident, update, type Turn } from './turn.ts';

/** Sends of one request: evidence is asked for once more when that fails, and then gone without. */
export const MOST_EVIDENCE_SENDS = 2;

/** Whether what is to be kept before this try is kept, or is gone without; has it collected if it is not. */
export function hasEvidence(turn: Turn, { level, attempt }: { level: Level; attempt: number }): boolean {
  const { policy, now } = turn;
  const { state } = turn.record;
  if (state.phase !== 'recovering') return false;
  if (level === 1 || attempt > 1 || policy.mode === 'shadow' || policy.evidence.mode === 'off') return true;
  // Nothing is pending when a step is planned: what was asked for is over.
  if (state.evidence?.level === level) return true;
  const { ref } = start(turn, { do: 'collect-evidence', incident: state.incident.number, level });
  const until = now + policy.evidence.timeoutMs + policy.check.callTimeoutMs;
  update(turn, { state: { ...state, evidence: { level, actionId: ref.id, until } } });
  return false;
}

/** Whether recovery has waited for this evidence for as long as it may. */
export function isEvidenceLate({ state }: MachineRecord, pending: PendingAction, now: number): boolean {
  if (pending.do !== 'collect-evidence') return false;
  return state.phase !== 'recovering' || state.evidence === null || now >= state.evidence.until;
}

/** What was collected is linked to the incident. */
export function evidenceCollected(turn: Turn, outcome: Extract<Outcome, { ok: true }>): void {
  if ('evidence' in outcome) linkEvidence(turn, outcome.evidence);
  endCollecting(turn);
}

/** It could not be collected: recovery goes on without it. */
export function evidenceFailed(turn: Turn, message: string): void {
  note(turn, 'note', `evidence could not be collected: ${message}`);
  endCollecting(turn);
}

function linkEvidence(turn: Turn, bundle: EvidenceBundle): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  note(turn, 'note', describe(bundle));
  const incident = { ...state.incident, evidence: [...state.incident.evidence, bundle.id] };
  tellIncident(turn, incident);
  update(turn, { state: { ...state, incident } });
}

/** Collecting takes a while: the next step is chosen on a look that began after it. */
function endCollecting(turn: Turn): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering' || state.evidence === null) return;
  update(turn, { state: { ...state, evidence: { ...state.evidence, actionId: null, until: turn.now } } });
  checkSoon(turn, 1);
}

function describe({ id, parts, work, missing }: EvidenceBundle): string {
  const files = work.reduce((sum, one) => sum + one.files, 0);
  const saved = files === 0 ? '' : `, work of ${counted(files, 'file')} saved`;
  const gaps = missing.map(({ part, why }) => `${part} (${why})`).join(', ');
  return `evidence ${id}: ${counted(parts.length, 'part')}${saved}${gaps === '' ? '' : `; missing: ${gaps}`}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
