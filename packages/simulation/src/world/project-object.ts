/** The object that owns a fleet, as the control plane has it: slots, plans, storm guard, and the sweep. */
import type { AuditEntry, Origin } from '@fettle/contract';
import {
  decideProject,
  newProjectRecord,
  projectWakeAt,
  watchedMachines,
  type OutboxEntry,
  type PermitAnswer,
  type PermitRequest,
  type ProjectConfig,
  type ProjectDecision,
  type ProjectEvent,
  type ProjectRecord,
  type SweptMachine,
  type Wish,
} from '@fettle/core';
import type { AlarmInfo, ObjectContext, ObjectMethods } from '../runtime/object-class.ts';
import type { Turns } from '../runtime/turns.ts';
import { ObjectAlarm, outliveError } from './object-alarm.ts';
import { PERSON } from './person.ts';
import type { ProjectSurroundings } from './surroundings.ts';

/** What a person can ask of a project that is there. */
export type AskedOfProject = Wish & { by: Origin };

/** A message of a machine as the event that it is. */
export function eventOf(machineId: string, message: OutboxEntry['message']): ProjectEvent {
  if (message.kind === 'bricked') {
    const { kind: _kind, incident: _incident, ...notice } = message;
    return { type: 'bricked', machineId, ...notice };
  }
  if (message.kind === 'audited') {
    const { number, entry } = message;
    return { type: 'audited', machineId, number, entry };
  }
  if (message.kind === 'credentials-misused' || message.kind === 'commands-refused') {
    const { kind: type, number, at } = message;
    return { type, machineId, number, at };
  }
  const { kind: _kind, ...change } = message;
  return { type: 'machine-changed', machineId, ...change };
}

/** A project with its audit log, of which a simulation counts the rows by what they are about. */
export type StoredProject = ProjectRecord & { rows: Readonly<Record<string, number>> };

export class ProjectObject implements ObjectMethods {
  private readonly context: ObjectContext<StoredProject>;
  private readonly around: ProjectSurroundings;
  private readonly alarmClock: ObjectAlarm;

  constructor(context: ObjectContext<StoredProject>, around: ProjectSurroundings) {
    this.context = context;
    this.around = around;
    this.alarmClock = new ObjectAlarm(context);
  }

  apply(config: ProjectConfig): null {
    if (this.context.read() === null) this.context.write({ ...newProjectRecord(config), rows: {} });
    this.step({ type: 'applied', config, by: PERSON });
    return null;
  }

  /** What a person asks of the project. */
  ask(event: AskedOfProject): null {
    this.step(event);
    return null;
  }

  /** A machine tells what became of it. Repeats change nothing. */
  onMachineMessage({ machineId, message }: { machineId: string; message: OutboxEntry['message'] }): null {
    this.step(eventOf(machineId, message));
    return null;
  }

  requestPermit(request: { machineId: string } & PermitRequest): PermitAnswer {
    const decision = this.step({ type: 'permit-requested', ...request });
    return decision?.permit ?? { granted: false, reason: 'storm-guard', message: 'There is no such project' };
  }

  /** The second clock: finds machines whose alarm is lost, and this object's own. */
  *sweep(_input: null): Turns<null> {
    const record = this.context.read();
    if (record === null) return null;
    if (!this.alarmClock.isWell(projectWakeAt(record, this.context.now()))) yield* this.alarmClock.repair();
    const machines: SweptMachine[] = [];
    for (const machineId of watchedMachines(record)) {
      try {
        const answer = (yield this.around.ensureArmed(machineId)) as SweptMachine['answer'];
        if (answer !== null) machines.push({ machineId, answer });
      } catch {
        // A machine whose object is broken must not keep the others from being swept.
        machines.push({ machineId, answer: null });
      }
    }
    this.step({ type: 'swept', machines });
    return null;
  }

  *alarm(info: AlarmInfo): Turns<void> {
    try {
      this.alarmClock.fired(info.scheduledTime);
      const decision = this.step({ type: 'woke' });
      for (const action of decision?.actions ?? []) {
        const record = this.context.read();
        if (record === null) return;
        let ok = true;
        try {
          yield this.around.carryOut(record, action);
        } catch {
          // What was not acknowledged is sent again.
          ok = false;
        }
        this.step({ type: 'finished', actionId: action.id, ok });
      }
    } catch (error) {
      outliveError(this.context, error);
    }
  }

  private step(event: ProjectEvent): ProjectDecision | null {
    const { context } = this;
    const before = context.read();
    if (before === null) return null;
    const now = context.now();
    const decision = this.decide({ record: before, event, now });
    context.write({ ...decision.record, rows: rowsAfter(before.rows, decision.audit) });
    this.alarmClock.set(decision.wakeAt);
    this.around.projectStepped({ before, event, now, decision });
    return decision;
  }

  private decide(input: Parameters<typeof decideProject>[0]): ProjectDecision {
    try {
      return decideProject(input);
    } catch (error) {
      this.around.threw(error);
      throw error;
    }
  }
}

/** What Fettle did by itself is not counted: nobody has asked for it. */
function rowsAfter(rows: StoredProject['rows'], audit: readonly AuditEntry[]): StoredProject['rows'] {
  let after = rows;
  for (const { actor, subject } of audit)
    if (actor.kind !== 'system') after = { ...after, [subject]: (after[subject] ?? 0) + 1 };
  return after;
}
