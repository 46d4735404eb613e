import { DurableObject } from 'cloudflare:workers';
import type { AuditHead, AuditRow, MachineType, Origin, ProjectView } from '@fettle/contract';
import {
  decideProject,
  newProjectRecord,
  projectView,
  projectWakeAt,
  watchedMachines,
  type OutboxEntry,
  type PermitAnswer,
  type PermitRequest,
  type ProjectConfig,
  type ProjectDecision,
  type ProjectEvent,
  type SweptMachine,
  type Wish,
} from '@fettle/core';
import { aFewAtATime } from '../a-few-at-a-time.ts';
import { AuditExport, exportedHeads } from '../audit/audit-export.ts';
import { directory } from '../directory/directory.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { refusal, success, type Result } from '../result.ts';
import type { ArmedAnswer } from '../machine/machine.ts';
import { machineObject } from '../machine/machine-object.ts';
import { ObjectAlarm } from '../storage/object-alarm.ts';
import { runAlarm } from '../storage/run-alarm.ts';
import { withDeadline } from '../with-deadline.ts';
import { sendTo } from './send-to.ts';
import { ProjectStore } from './store.ts';
import { writeSweepPoint } from './sweep-point.ts';

const NOTICES_SHOWN = 100;

/** A machine object answers its sweep from its own storage; one that hangs must not hold up the others. */
const SWEEP_DEADLINE_MS = 5000;

/** A sweep that takes longer than this, in milliseconds, was cut off, as likely as not: nobody waits for it. */
export const LONGEST_SWEEP_MS = 180_000;

const NO_PROJECT = refusal('PROJECT_NOT_FOUND', 'There is no such project');

/** Where the traffic of a slot goes. */
export type Route = { machineId: string | null; service: string; type: MachineType };

/** What a person asks of a project, and who that is. */
export type AskedOfProject = Wish & { by: Origin };

/** Owns a fleet: its slots, the plans that give them machines, and the storm guard. */
export class Project extends DurableObject<Env> {
  private readonly store: ProjectStore;
  private readonly alarmClock: ObjectAlarm;
  private sweeping: { since: number; rearmed: Promise<string[]> } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new ProjectStore(ctx.storage);
    this.alarmClock = new ObjectAlarm(ctx.storage);
  }

  /** Creates the project, or changes it to what is given. */
  async apply(config: ProjectConfig, by: Origin): Promise<Result<ProjectView>> {
    const { organization, project } = config;
    // Listed first: a project that exists must never be one that the sweep does not know.
    const owner = await directory(this.env).register({ organization, project });
    if (owner.organization !== organization)
      return refusal('CONFLICT', `The project belongs to the organization ${owner.organization}`);
    if (this.store.load() === null) this.store.save(newProjectRecord(config));
    return this.ask({ type: 'applied', config, by });
  }

  /** What a person asks of the project; says why when it cannot be. */
  async ask(event: AskedOfProject): Promise<Result<ProjectView>> {
    const refused = (await this.step(event))?.refused ?? null;
    return refused === null ? this.view() : refusal(refused.code, refused.message);
  }

  /** Counts a person's command to one of the machines against the quota. */
  async admitCommand(): Promise<Result<null>> {
    const decision = await this.step({ type: 'command-admitted' });
    if (decision === null) return refusal('MACHINE_NOT_FOUND', 'There is no such machine');
    const { refused } = decision;
    return refused === null ? success(null) : refusal(refused.code, refused.message);
  }

  /** Rows of the audit log, the oldest first. */
  async auditRows(page: { after: number; limit: number }): Promise<Result<AuditRow[]>> {
    return this.store.load() === null ? NO_PROJECT : success(this.store.audit.rows(page));
  }

  /** What of the audit log is in the second place, the newest first. */
  async auditHeads(): Promise<Result<AuditHead[]>> {
    const record = this.store.load();
    return record === null ? NO_PROJECT : success(await exportedHeads(this.env.AUDIT, record.project));
  }

  async view(): Promise<Result<ProjectView>> {
    const record = this.store.load();
    if (record === null) return NO_PROJECT;
    return success(projectView({ record, notices: this.store.notices(NOTICES_SHOWN), now: Date.now() }));
  }

  /** Every machine that the project still watches. */
  async machines(): Promise<Result<string[]>> {
    const record = this.store.load();
    return record === null ? NO_PROJECT : success(watchedMachines(record));
  }

  /** The machine that a slot leads to, and the service that answers there. */
  async route(slotName: string): Promise<Result<Route>> {
    const record = this.store.load();
    if (record === null) return NO_PROJECT;
    const slot = record.slots.find((one) => one.slot === slotName);
    const service = record.template.services[0]?.name;
    if (!slot || service === undefined) return refusal('SLOT_NOT_FOUND', `There is no slot ${slotName}`);
    return success({ machineId: slot.machineId, service, type: record.template.type });
  }

  /** Of which type its machines are, for life; `null` when there is no such project. */
  async machineType(): Promise<MachineType | null> {
    return this.store.load()?.template.type ?? null;
  }

  /** A machine tells what became of it. Repeats change nothing. */
  async onMachineMessage(machineId: string, message: OutboxEntry['message']): Promise<void> {
    if (message.kind === 'bricked') return this.onMachineBricked(machineId, message);
    if (message.kind === 'changed') {
      const { kind: _kind, ...change } = message;
      await this.step({ type: 'machine-changed', machineId, ...change });
    } else {
      const { kind: type, ...told } = message;
      await this.step({ type, machineId, ...told } as ProjectEvent);
    }
  }

  /** A machine was given up: it is substituted, once, however often this is said. */
  async onMachineBricked(
    machineId: string,
    notice: Extract<OutboxEntry['message'], { kind: 'bricked' }>,
  ): Promise<void> {
    const { kind: _kind, incident: _incident, ...given } = notice;
    await this.step({ type: 'bricked', machineId, ...given });
  }

  /** Leave to do something disruptive to one machine, as a lease. */
  async requestPermit(machineId: string, request: PermitRequest): Promise<PermitAnswer> {
    const decision = await this.step({ type: 'permit-requested', machineId, ...request });
    if (!decision?.permit) throw new Error('There is no such project');
    return decision.permit;
  }

  /**
   * The second clock: finds machines whose alarm is lost, and this object's own. Who asks while a sweep goes on gets
   * what that one finds: two at a time would only measure everything twice.
   */
  async sweep(): Promise<string[]> {
    const now = Date.now();
    if (this.sweeping === null || now - this.sweeping.since > LONGEST_SWEEP_MS)
      this.sweeping = { since: now, rearmed: this.sweepOnce().finally(() => (this.sweeping = null)) };
    return this.sweeping.rearmed;
  }

  private async sweepOnce(): Promise<string[]> {
    const record = this.store.load();
    if (record === null) return [];
    await this.alarmClock.repair(projectWakeAt(record, Date.now()));
    const answers = await aFewAtATime(watchedMachines(record), (machineId) =>
      ensureArmed(this.env, { machineId, type: record.template.type }),
    );
    const machines = answers.filter((one) => one !== null);
    const swept = await this.step({ type: 'swept', machines });
    if (swept !== null) writeSweepPoint(this.env.METRICS, swept.record, Date.now());
    await this.exportAudit(record.project);
    return swept?.record.watch?.rearmed ?? [];
  }

  /** Never throws: a bucket that cannot be reached must not keep machines from being swept. */
  private async exportAudit(project: string): Promise<void> {
    try {
      const misfit = await new AuditExport(this.store.audit, this.env.AUDIT, project).run(Date.now());
      if (misfit === null) return;
      const message = `The audit log does not go on from row ${misfit.seq}, which was exported`;
      log.error(`${project}: ${message}`);
      const notice = { at: Date.now(), kind: 'audit', slot: null, machineId: null, message } as const;
      this.ctx.storage.transactionSync(() => this.store.appendNotices([notice]));
    } catch (error) {
      log.error(`the audit log of ${project} could not be exported`, error);
    }
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return runAlarm(this.ctx.storage, async () => {
      this.alarmClock.fired(info?.scheduledTime ?? null);
      const decision = await this.step({ type: 'woke' }, info?.scheduledTime);
      await aFewAtATime(decision?.actions ?? [], async (action) => {
        const ok = await this.send(action);
        await this.step({ type: 'finished', actionId: action.id, ok });
      });
    });
  }

  /** Carries one action out on a machine object. Never throws: what was not acknowledged is sent again. */
  private async send(action: ProjectDecision['actions'][number]): Promise<boolean> {
    const record = this.store.load();
    if (record === null) return false;
    try {
      await sendTo(this.env, record, action);
      return true;
    } catch (error) {
      log.warn(`${action.id} (${action.do}) was not taken`, error);
      return false;
    }
  }

  /** Decides, and stores record, notices and alarm in one transaction: all of it, or nothing. */
  private async step(event: ProjectEvent, firedFor = 0): Promise<ProjectDecision | null> {
    let armed: Promise<void> | undefined;
    const decision = this.alarmClock.transaction(() => {
      const record = this.store.load();
      if (record === null) return null;
      const next = decideProject({ record, event, now: Math.max(Date.now(), firedFor) });
      this.store.save(next.record);
      this.store.appendNotices(next.notices);
      this.store.audit.append(next.audit);
      armed = this.alarmClock.set(next.wakeAt);
      return next;
    });
    await armed;
    return decision;
  }
}

/**
 * What a machine's object answers to the sweep; `null` when it has not been told yet what to watch. Never throws: a
 * machine that is broken must not keep the others from being swept.
 */
async function ensureArmed(
  env: Env,
  machine: { machineId: string; type: MachineType },
): Promise<SweptMachine | null> {
  const { machineId } = machine;
  try {
    const answer = await withDeadline(armedAnswer(env, machine), SWEEP_DEADLINE_MS);
    return answer === null ? null : { machineId, answer };
  } catch (error) {
    log.error(`${machineId} could not be asked for its alarm`, error);
    return { machineId, answer: null };
  }
}

async function armedAnswer(
  env: Env,
  machine: { machineId: string; type: MachineType },
): Promise<ArmedAnswer | null> {
  return machineObject(env, machine).ensureArmed();
}
