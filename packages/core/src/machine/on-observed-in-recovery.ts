/** A look at a machine whose incident is open: judges the try that is under way, and notices a machine that got well. */
import type { Incident, Verdict } from '@fettle/contract';
import { notTheMachine } from './diagnose.ts';
import type { Observation } from './event.ts';
import { holdRecovery, releaseRecovery } from './hold-recovery.ts';
import { endTry, lastTriedLevel, relapse } from './incident.ts';
import { judgeAttempt } from './judge.ts';
import { markBroken, sameVersions } from './ledger.ts';
import type { Attempt, MachineRecord } from './record.ts';
import { enter, note, tellIncident, update, type Turn } from './turn.ts';

type Settling = Extract<MachineRecord['state'], { phase: 'settling' }>;

export function onObservedInRecovery(turn: Turn, observation: Observation, verdict: Verdict): void {
  const elsewhere = notTheMachine(turn.record.diagnosis);
  if (elsewhere !== null) return holdRecovery(turn, elsewhere.reason, elsewhere.message);
  releaseRecovery(turn);
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  if (state.attempt === null) {
    if (verdict.health === 'healthy') settle(turn, state.incident, lastTriedLevel(state.incident));
    return;
  }
  const judgement = judgeAttempt({ attempt: state.attempt, observation, verdict, now: turn.now });
  switch (judgement.kind) {
    case 'wait':
      return;
    case 'failed': {
      const incident = endTry(
        state.incident,
        { outcome: 'failed', reason: judgement.reason, message: judgement.message },
        turn.now,
      );
      // What was only watched cannot fail: its time is over.
      if (state.attempt.actionId !== null)
        note(turn, 'level', `level ${state.attempt.level} failed: ${judgement.message}`);
      update(turn, { state: { ...state, incident, attempt: null } });
      return tellIncident(turn, incident);
    }
    case 'healed': {
      const { attempt } = state;
      if (attempt.actionId === null) {
        const end = { outcome: 'healed', reason: null, message: 'it got well by itself' } as const;
        const watched = endTry(state.incident, end, turn.now);
        return settle(turn, watched, lastTriedLevel(watched));
      }
      blameReplacedVersions(turn, attempt);
      const incident = endTry(
        state.incident,
        { outcome: 'healed', reason: 'healthy-again', message: 'healthy again' },
        turn.now,
      );
      note(turn, 'level', `level ${attempt.level} healed the machine`);
      return settle(turn, incident, attempt.level);
    }
  }
}

/** A rollback that healed proves the versions it left to be broken. */
function blameReplacedVersions(turn: Turn, attempt: Attempt): void {
  if (attempt.level !== 2 || attempt.from === null || sameVersions(attempt.from, turn.record.versions))
    return;
  update(turn, { ledger: markBroken(turn.record.ledger, attempt.from) });
}

function settle(turn: Turn, before: Incident, level: number): void {
  const incident: Incident = { ...before, held: null, healedAt: turn.now, healedBy: level };
  tellIncident(turn, incident);
  enter(turn, { phase: 'settling', since: turn.now, incident }, 'healthy again');
}

/** The machine got sick again before its success had settled: the same incident goes on, at the same level or above. */
export function relapseNow(turn: Turn, state: Settling, verdict: Verdict): void {
  const incident = relapse(state.incident);
  const why = verdict.findings.map((finding) => finding.message).join('; ');
  note(turn, 'incident', `incident ${incident.number} goes on: ${why}`);
  tellIncident(turn, incident);
  enter(
    turn,
    {
      phase: 'recovering',
      since: turn.now,
      incident,
      attempt: null,
      permit: null,
      evidence: null,
      askAgainAt: turn.now,
    },
    why,
  );
}
