/**
 * Walks the very `decide` that production runs through a recorded past under some policy. Nothing is sent anywhere:
 * every action counts as taken at once, and the next recorded look is what follows from it.
 */
import type { LevelTry, Policy, TimelineEvent } from '@fettle/contract';
import { decide, type Decision } from '../machine/decide.ts';
import type { Command, MachineEvent, Outcome } from '../machine/event.ts';
import type { MachineRecord, PendingAction } from '../machine/record.ts';
import { beginningAt, firstLook } from './beginning.ts';
import { commandOf } from './people.ts';
import { rebuildObservation, rebuildReport } from './rebuild.ts';
import { looksOf, type RecordedLook, type Recording } from './recording.ts';
import { absenceOf, effectOf, emptyRun, isDecision, type Run } from './run.ts';

/** More steps than this at one moment are a loop that never sleeps. */
const MOST_STEPS = 100;

/** How the recorded policy, or another, judges a recording from its first calm look on. */
export function walk(recording: Recording, policy: Policy): Run {
  const begin = firstLook(recording);
  const looks = begin === -1 ? [] : looksOf(recording).slice(begin);
  const [first] = looks;
  if (first === undefined) return emptyRun();
  const walker = new Walker(recording, policy, beginningAt(recording, first.snapshot));
  const commands = recording.events.flatMap((event) => {
    const command = event.at > first.snapshot.at ? commandOf(event) : null;
    return command === null ? [] : [{ at: event.at, command }];
  });
  for (const look of looks) {
    for (const { at, command } of commands.filter((one) => isBefore(one.at, look)))
      walker.command(at, command);
    walker.look(look);
  }
  return walker.run;
}

/** Whether something happened between the look before and this one. */
function isBefore(at: number, { snapshot, after }: RecordedLook): boolean {
  return at > after && at <= snapshot.at;
}

class Walker {
  readonly run = emptyRun();
  private readonly recording: Recording;
  private readonly policy: Policy;
  private record: MachineRecord;
  private reports = 0;
  private reportedAt = -1;
  /** The try of the recording that the replay's own present try repeats. */
  private recordedTry: LevelTry | null = null;

  constructor(recording: Recording, policy: Policy, record: MachineRecord) {
    this.recording = recording;
    this.policy = policy;
    this.record = record;
  }

  command(at: number, command: Command): void {
    this.step({ type: 'commanded', by: null, command }, at);
  }

  look(look: RecordedLook): void {
    const { snapshot } = look;
    const lateBy = absenceAt(this.recording, look);
    this.report(look);
    if (this.wouldNotLook(snapshot.at)) {
      this.run.passedOver += 1;
      return;
    }
    const { check } = this.record;
    const dueAt = snapshot.at - lateBy;
    this.record = { ...this.record, lastTickAt: dueAt, check: { ...check, dueAt } };
    this.drive(this.step({ type: 'woke' }, snapshot.at), look);
  }

  /** A policy that checks less often than the recording looked passes over what comes before its own next check. */
  private wouldNotLook(at: number): boolean {
    const { intervalMs } = this.recording.policy.check;
    return this.policy.check.intervalMs > intervalMs && this.record.check.dueAt > at + intervalMs / 2;
  }

  private report({ snapshot }: RecordedLook): void {
    const { reportedAt } = snapshot.evidence;
    if (reportedAt === null || reportedAt <= this.reportedAt) return;
    this.reportedAt = reportedAt;
    this.reports += 1;
    const report = rebuildReport(snapshot, this.reports);
    this.step({ type: 'reported', report }, Math.min(reportedAt, snapshot.at));
  }

  private drive(first: Decision, look: RecordedLook): void {
    const queue = this.answers(first, look);
    for (let steps = 0; queue.length > 0; steps++) {
      if (steps > MOST_STEPS) throw new Error(`a replay that does not come to rest at ${look.snapshot.at}`);
      const answer = queue.shift();
      if (answer !== undefined) queue.push(...this.answers(this.step(answer, look.snapshot.at), look));
    }
  }

  private answers({ messages, actions }: Decision, look: RecordedLook): MachineEvent[] {
    return [
      ...messages.map(({ id }): MachineEvent => ({ type: 'delivered', entryId: id, ok: true })),
      ...actions.map((action) => this.answer(action, look)),
    ];
  }

  private answer(action: PendingAction, look: RecordedLook): MachineEvent {
    const actionId = action.ref.id;
    if (action.do === 'observe') {
      const { record, recordedTry } = this;
      this.run.looks.push({ at: look.snapshot.at, phase: record.state.phase });
      return {
        type: 'observed',
        actionId,
        observation: rebuildObservation(look.snapshot, { record, recordedTry }),
      };
    }
    if (action.do === 'request-permit')
      return { type: 'finished', actionId, outcome: permitAt(this.recording, look) };
    if (action.do === 'collect-evidence') this.collectEvidence(look);
    const what = effectOf(this.record, action);
    if (what === null) return { type: 'finished', actionId, outcome: { ok: true } };
    this.run.effects.push({ at: look.snapshot.at, what });
    this.recordedTry = recordedTryAt(this.recording, this.record, look);
    const outcome = outcomeOf(this.recordedTry);
    if (!outcome.ok) this.lookWasBefore(look.snapshot.at);
    return { type: 'finished', actionId, outcome };
  }

  /** Where the recording shows no evidence that was collected then, nothing was waited for, and its look still counts. */
  private collectEvidence({ snapshot, until }: RecordedLook): void {
    const { at } = snapshot;
    if (this.recording.events.some((event) => event.at >= at && event.at < until && isEvidence(event)))
      return;
    this.record = { ...this.record, check: { ...this.record.check, completedAt: at + 1 } };
  }

  /** An action is refused after the look that led to it, and not at the same moment, as it is here. */
  private lookWasBefore(at: number): void {
    this.record = { ...this.record, check: { ...this.record.check, completedAt: at - 1 } };
  }

  private step(event: MachineEvent, now: number): Decision {
    const decision = decide({ record: this.record, event, now, policy: this.policy });
    this.record = decision.record;
    for (const fact of decision.facts) {
      if (fact.kind === 'event' && isDecision(fact.event)) this.run.decisions.push(fact.event);
      if (fact.kind !== 'incident') continue;
      const others = this.run.incidents.filter(({ number }) => number !== fact.incident.number);
      this.run.incidents = [...others, fact.incident];
    }
    return decision;
  }
}

/** How long we ourselves were away before a look, as the timeline tells it. */
function absenceAt({ events }: Recording, look: RecordedLook): number {
  const absences = events.flatMap((event) => {
    const seconds = isBefore(event.at, look) ? absenceOf(event) : null;
    return seconds === null ? [] : [seconds * 1000];
  });
  return Math.max(0, ...absences);
}

/** Whether an event tells of evidence that was collected, or should have been: leave had been given then. */
function isEvidence({ kind, message }: TimelineEvent): boolean {
  return kind === 'note' && message.startsWith('evidence ');
}

/**
 * Leave was given unless the recording shows that recovery was held then: the rest of the fleet is not recorded. That
 * the recorded policy only watched is no hold.
 */
function permitAt({ events }: Recording, { until }: RecordedLook): Outcome {
  const last = events.findLast((event) => event.at < until && (event.kind === 'level' || isEvidence(event)));
  const [, held] = /^held: (?!would )(.*)$/s.exec(last?.message ?? '') ?? [];
  return held === undefined
    ? { ok: true, permit: { granted: true, expiresAt: Infinity } }
    : { ok: true, permit: { granted: false, reason: 'storm-guard', message: held } };
}

/** The try of the same level that the recording shows at the same look, or just before it. */
function recordedTryAt(
  { incidents }: Recording,
  { state }: MachineRecord,
  { after, until }: RecordedLook,
): LevelTry | null {
  const level = state.phase === 'recovering' ? state.attempt?.level : undefined;
  const tries = incidents.flatMap((incident) => incident.tries);
  return (
    tries.find(
      (one) => one.level === level && isRepeatable(one) && one.startedAt > after && one.startedAt < until,
    ) ?? null
  );
}

/** Whether something was sent: neither a level that was passed over nor one that was only watched. */
function isRepeatable({ attempt, outcome }: LevelTry): boolean {
  return attempt > 0 && outcome !== 'shadow';
}

function outcomeOf(recordedTry: LevelTry | null): Outcome {
  return recordedTry?.reason === 'receiver-refused'
    ? { ok: false, code: 'CONFLICT', message: 'as recorded', retryable: false }
    : { ok: true };
}
