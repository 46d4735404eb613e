import { DurableObject } from 'cloudflare:workers';
import type {
  EvidenceBundle,
  ExecCommand,
  HealthReport,
  Incident,
  LogLine,
  MachineTokenClaims,
  MachineType,
  MachineView,
  Origin,
  Policy,
  ReportAnswer,
  Snapshot,
  TimelineEvent,
} from '@fettle/contract';
import {
  auditRefusal,
  commandRefusal,
  isStale,
  machineView,
  newMachineRecord,
  nextReportIn,
  type Command,
  type Decision,
  type MachineEvent,
  type MachineOrigin,
  type OutboxEntry,
  type PendingAction,
  type PermitRequest,
} from '@fettle/core';
import { commandPublicKeys, commandSigner } from '../auth/command-signature.ts';
import { bootstrapToken, type TokenName } from '../auth/machine-credentials.ts';
import type { Env } from '../env.ts';
import { EvidenceDesk } from '../evidence/evidence-desk.ts';
import type { EvidencePlace } from '../evidence/evidence-store.ts';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';
import { providerOf } from '../providers/provider-of.ts';
import { storedJournal } from '../providers/stored-journal.ts';
import { refusal, success, type Result } from '../result.ts';
import { runAlarm } from '../storage/run-alarm.ts';
import { withTimeLimit } from '../time-limit.ts';
import { act, type ActContext } from './act.ts';
import { CredentialDesk } from './credential-desk.ts';
import { machineClients, type MachineClients } from './machine-clients.ts';
import { deliver, requestPermit } from './project-line.ts';
import { putOnRecord, type Done } from './put-on-record.ts';
import { readLogs } from './read-logs.ts';
import { RecordKeeper } from './record-keeper.ts';
import type { Kept, Page } from './store.ts';
import { writeWatchPoint } from './watch-point.ts';

/** Sends of one alarm; what is left over is sent at the next wake. */
const MOST_SENDS = 24;

const NOT_PROVISIONED = refusal('MACHINE_NOT_FOUND', 'There is no such machine');

/** What is asked of the machine itself, and the ways to it. */
type Question<T> = (to: {
  provider: MachineProvider;
  clients: MachineClients;
  machineId: string;
  signal: AbortSignal;
}) => Promise<T>;

/** What a machine object answers to the sweep. */
export type ArmedAnswer = {
  /** Its alarm was lost, stuck or astray, and was set again. */
  rearmed: boolean;
  /** How late its alarm was at the last tick. */
  lagMs: number | null;
  lastTickAt: number | null;
  stale: boolean;
};

/**
 * Watches one machine. Every entry is an event for the core, which says what must be stored before anything else
 * happens. Only `alarm()` acts. A subclass says of which type its machines are. The object is constructed anew
 * for nearly every alarm, so that its constructor does nothing.
 */
export abstract class Machine extends DurableObject<Env> {
  protected abstract readonly type: MachineType;
  private readonly keeper: RecordKeeper;
  private readonly desk: EvidenceDesk;
  private readonly credentials: CredentialDesk;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.keeper = new RecordKeeper(ctx.storage);
    this.desk = new EvidenceDesk(this.keeper, env.EVIDENCE);
    this.credentials = new CredentialDesk(this.keeper);
  }

  /** Makes this object watch a machine, and has it created. Repeating it changes nothing. */
  async provision(origin: MachineOrigin, policy: Policy): Promise<void> {
    if (this.keeper.get() === null)
      await this.keeper.replace({ record: newMachineRecord(origin, Date.now()), policy });
    await this.keeper.take({ type: 'commanded', command: { kind: 'provision' }, by: null });
  }

  /** Takes another policy, and wakes to live by it. */
  async adoptPolicy(policy: Policy): Promise<void> {
    const kept = this.keeper.get();
    if (kept !== null) await this.keeper.replace({ record: kept.record, policy });
  }

  /** The renewal token for a bootstrap token, once; CONFLICT when another claim came first. */
  bootstrap(claims: MachineTokenClaims, claimHash: string): Promise<Result<TokenName>> {
    return this.credentials.bootstrap(claims, claimHash);
  }

  /** Whether a renewal token still holds, and the one to show from now on; `null`: the one that was shown. */
  renew(claims: MachineTokenClaims, rotate: boolean): Promise<Result<TokenName | null>> {
    return this.credentials.renew(claims, rotate);
  }

  /** Takes a report of the machine's daemon, whose token is of this epoch, and says when the next one costs least. */
  async report(report: HealthReport, epoch: number): Promise<Result<ReportAnswer>> {
    const kept = this.keeper.get();
    if (kept === null) return NOT_PROVISIONED;
    const refused = this.credentials.refusalOf({ use: 'machine', epoch });
    if (refused !== null) return refused;
    await this.keeper.armIfLost();
    const { record } = (await this.keeper.take({ type: 'reported', report })) ?? kept;
    const { policy } = kept;
    return success({
      reportEveryMs: policy.report.everyMs,
      nextReportInMs: nextReportIn(record, policy, Date.now()),
    });
  }

  /**
   * What somebody asks: stored, and carried out at the next wake. Says why when it cannot be taken. `by`: the person who
   * asks; `null`: the project.
   */
  async command(command: Command, by: Origin | null): Promise<Result<string>> {
    const kept = this.keeper.get();
    if (kept === null) return NOT_PROVISIONED;
    const refused = commandRefusal(kept.record, command) ?? (by === null ? null : auditRefusal(kept.record));
    if (refused !== null) return refusal(refused.code, refused.message);
    await this.keeper.take({ type: 'commanded', command, by });
    return success(`${command.kind} was taken`);
  }

  /** Health and everything else that is known of the machine. */
  async getHealth(): Promise<Result<MachineView>> {
    const kept = this.keeper.get();
    if (kept === null) return NOT_PROVISIONED;
    return success(machineView({ ...kept, lastEvent: this.keeper.store.lastEvent(), now: Date.now() }));
  }

  /** Runs a command inside the machine and waits for it, 20 s at most. */
  async executeCommand(command: ExecCommand, by: Origin) {
    const done = { action: 'machines.exec', what: command, by };
    return this.askOnRecord(done, ({ provider, machineId }) => provider.exec(machineId, command));
  }

  async serviceLogs(name: string, tail: number, by: Origin): Promise<Result<LogLine[]>> {
    const done = { action: 'services.logs', what: { name, tail }, by };
    return this.askOnRecord(done, ({ clients, signal }) => readLogs(clients, name, tail, signal));
  }

  /** Somebody is about to be given a part of this machine's evidence; a refusal says that they must not be. */
  async evidenceRead({ id, part }: EvidencePlace, by: Origin): Promise<Result<null>> {
    const done = { action: 'machines.evidence', what: { id, part }, by };
    return (await putOnRecord(this.keeper, done)) ?? success(null);
  }

  /** One for each look, the newest first. */
  async snapshots(page: Page): Promise<Result<Snapshot[]>> {
    return success(this.keeper.snapshots(page));
  }

  async events(page: Page): Promise<Result<TimelineEvent[]>> {
    return success(this.keeper.store.events(page));
  }

  async incidents(page: Page): Promise<Result<Incident[]>> {
    return success(this.keeper.store.incidents(page));
  }

  /** Bundles that were collected before something destructive, the newest first. */
  async evidence(): Promise<Result<EvidenceBundle[]>> {
    return this.keeper.get() === null ? NOT_PROVISIONED : success(this.desk.list());
  }

  /** Whether the machine may store parts of this bundle now. */
  async expectsEvidence(id: string): Promise<boolean> {
    return this.desk.expects(id);
  }

  /** What its provider's journal holds, for who wants to know the way to the machine. */
  async providerJournal(): Promise<unknown> {
    return storedJournal(this.ctx.storage).read(this.ctx.id.name ?? '');
  }

  /** The second clock: sets this object's alarm again if it was lost, and tells how late it is. */
  async ensureArmed(): Promise<ArmedAnswer | null> {
    const rearmed = await this.keeper.repairAlarm();
    const kept = this.keeper.get();
    if (kept === null) return null;
    const { record, policy } = kept;
    const now = Date.now();
    const stale = isStale(record, policy, now);
    const answer = { rearmed, lagMs: record.lag?.lastMs ?? null, lastTickAt: record.lastTickAt, stale };
    writeWatchPoint(this.env.METRICS, record, answer, now);
    return answer;
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return runAlarm(this.ctx.storage, async () => {
      try {
        await this.run(await this.keeper.beginRun(info?.scheduledTime));
      } finally {
        await this.keeper.endRun();
      }
    });
  }

  private async run(woke: Decision | null): Promise<void> {
    const queue = sendsOf(woke);
    // A project that does not answer takes its time once: what else there is to tell it has its next turn later.
    let isProjectSilent = false;
    for (let sent = 0; sent < MOST_SENDS; sent++) {
      const next = queue.shift();
      if (next === undefined) break;
      if (isProjectSilent && 'message' in next) continue;
      const event = await this.send(next);
      if (event === null) continue;
      isProjectSilent ||= event.type === 'delivered' && !event.ok;
      queue.push(...sendsOf(await this.keeper.take(event)));
    }
  }

  private async send(next: OutboxEntry | PendingAction): Promise<MachineEvent | null> {
    if (!('message' in next)) return this.sendIfWanted(next);
    const kept = this.keeper.get();
    return kept === null ? null : deliver(this.env, kept.record.identity, next);
  }

  /** What was planned may have been overtaken while a message was under way: an operator's stop beats a restart. */
  private async sendIfWanted(action: PendingAction): Promise<MachineEvent | null> {
    if (this.keeper.get()?.record.pending?.ref.id !== action.ref.id) return null;
    return act(action, this.actContext());
  }

  private actContext(): ActContext {
    const { record, policy, provider } = this.reach();
    const { machineId } = record.identity;
    const { env } = this;
    return {
      record,
      policy,
      provider,
      clients: machineClients(provider, machineId, (port) => commandSigner(env, { machineId, port })),
      bootstrapToken: ({ ref: { id }, createdAt: issuedAt }, epoch) =>
        bootstrapToken(env, { identity: record.identity, epoch }, { id, issuedAt }),
      commandKeys: () => commandPublicKeys(env),
      requestPermit: (request: PermitRequest) => requestPermit(env, record.identity, request),
      collectEvidence: (action) => this.desk.collect(action, provider),
      now: () => Date.now(),
    };
  }

  private reach(): Kept & { provider: MachineProvider } {
    const kept = this.keeper.get();
    if (kept === null) throw new Error('An object without a record has nothing to reach');
    const { callTimeoutMs: timeoutMs } = kept.policy.check;
    const means = { journal: storedJournal(this.ctx.storage), timeoutMs };
    return { ...kept, provider: providerOf(this.type, this.env, means) };
  }

  /** A question to the machine on behalf of an operator; it changes nothing here. */
  private async askOnRecord<T>(done: Done, question: Question<T>): Promise<Result<T>> {
    const refused = await putOnRecord(this.keeper, done);
    if (refused !== null) return refused;
    const { provider, clients, record, policy } = this.actContext();
    const { machineId } = record.identity;
    const { callTimeoutMs } = policy.check;
    try {
      return success(
        await withTimeLimit(callTimeoutMs, (signal) => question({ provider, clients, machineId, signal })),
      );
    } catch (error) {
      const { code, message } = asProviderError(error);
      return refusal(code, message);
    }
  }
}

function sendsOf(decision: Decision | null): (OutboxEntry | PendingAction)[] {
  return decision === null ? [] : [...decision.messages, ...decision.actions];
}
