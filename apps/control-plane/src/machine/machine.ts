import { DurableObject } from 'cloudflare:workers';
import type {
  ExecCommand,
  HealthReport,
  Incident,
  LogLine,
  MachineView,
  Policy,
  ReportAnswer,
  Snapshot,
  TimelineEvent,
} from '@fettle/contract';
import {
  commandRefusal,
  decide,
  isGivenUp,
  machineView,
  newMachineRecord,
  wakeAt,
  type Command,
  type Decision,
  type MachineEvent,
  type MachineOrigin,
  type PendingAction,
} from '@fettle/core';
import { commandToken, signMachineToken } from '../auth/machine-token.ts';
import type { Env } from '../env.ts';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';
import { refusal, success, type Result } from '../result.ts';
import { armIfLost, rearm, runAlarm } from '../storage/run-alarm.ts';
import { act } from './act.ts';
import { machineClients, type MachineClients } from './machine-clients.ts';
import { deliver, requestPermit } from './project-line.ts';
import { MachineStore } from './store.ts';

/** Sends of one alarm; what is left over is sent at the next wake. */
const MOST_SENDS = 24;

const NOT_PROVISIONED = refusal('MACHINE_NOT_FOUND', 'There is no such machine');

/**
 * Watches one machine. Every entry is an event for the core: it is decided and stored, with the next alarm, in one
 * transaction. Only `alarm()` acts. A subclass says what creates and controls its machines.
 */
export abstract class Machine extends DurableObject<Env> {
  private readonly store: MachineStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new MachineStore(ctx.storage);
    void ctx.blockConcurrencyWhile(() => armIfLost(ctx.storage, this.nextWake()).then(() => undefined));
  }

  protected abstract createProvider(callTimeoutMs: number): MachineProvider;

  /** Makes this object watch a machine, and has it created. Repeating it changes nothing. */
  async provision(origin: MachineOrigin, policy: Policy): Promise<void> {
    if (this.store.load() === null) this.store.save(newMachineRecord(origin, Date.now()), policy);
    await this.step({ type: 'commanded', command: { kind: 'provision' } });
  }

  /** Takes another policy, and wakes to live by it. */
  async adoptPolicy(policy: Policy): Promise<void> {
    const loaded = this.store.load();
    if (loaded === null) return;
    this.store.save(loaded.record, policy);
    const next = wakeAt(loaded.record, Date.now());
    if (next !== null) await this.ctx.storage.setAlarm(Date.now() + 1);
  }

  /** Takes a report of the machine's daemon. */
  async report(report: HealthReport): Promise<Result<ReportAnswer>> {
    const loaded = this.store.load();
    if (loaded === null) return NOT_PROVISIONED;
    if (isGivenUp(loaded.record.state)) return refusal('RETIRED', 'This machine was given up or replaced');
    await this.step({ type: 'reported', report });
    return success({ reportEveryMs: loaded.policy.report.everyMs });
  }

  start(): Promise<Result<string>> {
    return this.command({ kind: 'start' });
  }

  stop(): Promise<Result<string>> {
    return this.command({ kind: 'stop' });
  }

  restart(): Promise<Result<string>> {
    return this.command({ kind: 'restart' });
  }

  /** What somebody asks: stored, and carried out at the next wake. Says why when it cannot be taken. */
  async command(command: Command): Promise<Result<string>> {
    const loaded = this.store.load();
    if (loaded === null) return NOT_PROVISIONED;
    const refused = commandRefusal(loaded.record, command);
    if (refused !== null) return refusal(refused.code, refused.message);
    await this.step({ type: 'commanded', command });
    return success(`${command.kind} was taken`);
  }

  /** Health and everything else that is known of the machine. */
  async getHealth(): Promise<Result<MachineView>> {
    const loaded = this.store.load();
    if (loaded === null) return NOT_PROVISIONED;
    return success(machineView({ ...loaded, lastEvent: this.store.lastEvent(), now: Date.now() }));
  }

  /** Runs a command inside the machine and waits for it, 20 s at most. */
  async executeCommand(command: ExecCommand) {
    return this.ask(({ provider, machineId }) => provider.exec(machineId, command));
  }

  async serviceLogs(name: string, tail: number): Promise<Result<LogLine[]>> {
    return this.ask(({ clients, signal }) => readLogs(clients, name, tail, signal));
  }

  async snapshots(limit: number): Promise<Result<Snapshot[]>> {
    return success(this.store.snapshots(limit));
  }

  async events(limit: number): Promise<Result<TimelineEvent[]>> {
    return success(this.store.events(limit));
  }

  async incidents(limit: number): Promise<Result<Incident[]>> {
    return success(this.store.incidents(limit));
  }

  /** The second clock: arms this object again if its alarm was lost. True when it had to. */
  async ensureArmed(): Promise<boolean> {
    return rearm(this.ctx.storage, this.nextWake());
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return runAlarm(this.ctx.storage, async () => {
      const queue = this.sends(await this.step({ type: 'woke' }, info?.scheduledTime));
      for (let sent = 0; sent < MOST_SENDS && queue.length > 0; sent++) {
        const event = await queue.shift()?.();
        if (event) queue.push(...this.sends(await this.step(event)));
      }
    });
  }

  /** Decides, and stores record, facts and alarm in one transaction: all of it, or nothing. */
  private async step(event: MachineEvent, firedFor = 0): Promise<Decision | null> {
    let armed: Promise<void> | undefined;
    const decision = this.ctx.storage.transactionSync(() => {
      const loaded = this.store.load();
      if (loaded === null) return null;
      const { record, policy } = loaded;
      // An alarm that is set to the time of the one that fires never fires: our clock may be behind it.
      const now = Math.max(Date.now(), record.lastTickAt ?? 0, firedFor);
      const next = decide({ record, event, now, policy });
      this.store.save(next.record, policy);
      this.store.keep(next.facts, policy.history);
      armed = next.wakeAt === null ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(next.wakeAt);
      return next;
    });
    await armed;
    return decision;
  }

  private sends(decision: Decision | null): (() => Promise<MachineEvent | null>)[] {
    if (decision === null) return [];
    const { record, messages, actions } = decision;
    return [
      ...messages.map((entry) => () => deliver(this.env, record.identity, entry)),
      ...actions.map((action) => () => this.sendIfWanted(action)),
    ];
  }

  /** What was planned may have been overtaken while a message was under way: an operator's stop beats a restart. */
  private async sendIfWanted(action: PendingAction): Promise<MachineEvent | null> {
    if (this.store.load()?.record.pending?.ref.id !== action.ref.id) return null;
    return act(action, this.actContext());
  }

  private actContext() {
    const { record, policy, provider } = this.reach();
    const { machineId } = record.identity;
    const key = this.env.FETTLE_MACHINE_KEY;
    return {
      record,
      provider,
      clients: machineClients(provider, machineId, () => commandToken(key, machineId)),
      credentials: async () => ({
        machineToken: await signMachineToken(key, record.identity),
        commandToken: await commandToken(key, machineId),
      }),
      requestPermit: (level: 1 | 2 | 3 | 4) => requestPermit(this.env, record.identity, level),
      callTimeoutMs: policy.check.callTimeoutMs,
      probeRoutes: policy.check.probeRoutes,
      now: () => Date.now(),
    };
  }

  private reach() {
    const loaded = this.store.load();
    if (loaded === null) throw new Error('An object without a record has nothing to reach');
    return { ...loaded, provider: this.createProvider(loaded.policy.check.callTimeoutMs) };
  }

  /** A question to the machine on behalf of an operator; it changes nothing here. */
  private async ask<T>(
    question: (to: {
      provider: MachineProvider;
      clients: MachineClients;
      machineId: string;
      signal: AbortSignal;
    }) => Promise<T>,
  ): Promise<Result<T>> {
    if (this.store.load() === null) return NOT_PROVISIONED;
    const { provider, clients, record, callTimeoutMs } = this.actContext();
    const { machineId } = record.identity;
    try {
      return success(
        await question({ provider, clients, machineId, signal: AbortSignal.timeout(callTimeoutMs) }),
      );
    } catch (error) {
      const { code, message } = asProviderError(error);
      return refusal(code, message);
    }
  }

  private nextWake(): number | null {
    const loaded = this.store.load();
    return loaded === null ? null : wakeAt(loaded.record, Date.now());
  }
}

async function readLogs(
  clients: MachineClients,
  name: string,
  tail: number,
  signal: AbortSignal,
): Promise<LogLine[]> {
  const { lines } = await clients.pidnap.logs({ name, tail }, { signal });
  return lines.map(({ at, stream, text }) => ({
    at,
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    text,
  }));
}
