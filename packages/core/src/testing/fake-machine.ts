/**
 * A machine and its host as scripts play them: it does what actions ask, in its own time, and breaks as a test says.
 * Like the real receivers it executes an action id once and refuses a sequence below the highest it has accepted.
 */
import type {
  ActionRef,
  DataCopy,
  HealthReport,
  Inspection,
  Operation,
  ProviderState,
  ServiceStatus,
  VersionRefs,
  VersionSet,
} from '@fettle/contract';
import type { ChangeProgress, Observation, Outcome, RouteProbe } from '../machine/event.ts';
import type { PendingAction } from '../machine/record.ts';
import { daemonHealth, inspection, MACHINE_ID, report, SECOND, service, versions } from './builders.ts';

/** How long each kind of work takes. */
const WORK_MS = {
  create: 8 * SECOND,
  start: 5 * SECOND,
  stop: 3 * SECOND,
  restart: 6 * SECOND,
  destroy: 2 * SECOND,
  copy: 2 * SECOND,
  change: 6 * SECOND,
};

type Work = { endsAt: number; end: () => void };

export class FakeMachine {
  provider: ProviderState = 'absent';
  diskPresent = false;
  /** The host-agent answers. */
  hostReachable = true;
  /** The host that answers. */
  host = 'host-1';
  /** Nothing in the machine can be reached from outside; what is inside reaches out. */
  unreachable = false;
  versions: VersionSet | null = null;
  /** Where a branch leads. */
  head: VersionSet = versions();
  /** Processes that run and do not answer; `pidnap` is one of them. */
  readonly hung = new Set<string>();
  /** Services that answer, and answer with an error. */
  readonly erring = new Set<string>();
  /** Processes that hang again after a restart of their own; only a restart of the machine helps. */
  readonly stubborn = new Set<string>();
  /** Commits whose process ends as soon as it is started. */
  readonly broken = new Set<string>();
  /** Nothing starts any more, whatever is done. */
  ruined = false;
  /** Reports do not get through, although the daemon makes them. */
  muted = false;
  /** The daemon and pidnap say that all is well, whatever is. */
  lies = false;
  /** Verbs that the receiver refuses, once and for all. */
  readonly refuses = new Set<PendingAction['do']>();
  /** Verbs whose operation is accepted and then fails. */
  readonly fails = new Set<PendingAction['do']>();
  /** Verbs whose operation is accepted and then forgotten. */
  readonly loses = new Set<PendingAction['do']>();
  readonly copies: DataCopy[] = [];
  /** What was executed, in order. */
  readonly executed: string[] = [];
  private readonly services = new Map<string, ServiceStatus['state']>();
  private readonly outcomes = new Map<string, Outcome>();
  private highest = 0;
  private operation: Operation | null = null;
  private changes: ChangeProgress[] = [];
  private work: Work[] = [];
  private boot = 0;
  private seq = 0;

  /** Lets time pass: what is due is done. */
  advance(now: number): void {
    const due = this.work.filter((one) => one.endsAt <= now).toSorted((a, b) => a.endsAt - b.endsAt);
    this.work = this.work.filter((one) => one.endsAt > now);
    for (const one of due) one.end();
  }

  /** One look, as deep as asked. */
  look(action: Extract<PendingAction, { do: 'observe' }>, startedAt: number): Observation {
    const silent = { startedAt, routes: [], pidnap: null, daemon: null, inside: null, versions: null };
    if (!this.hostReachable)
      return { ...silent, provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'connection refused' } };
    const provider = { ok: true as const, value: this.inspect() };
    if (this.provider !== 'running') return { ...silent, provider };
    const routes = [this.probe()];
    if (action.depth === 'light') return { ...silent, provider, routes };
    return {
      startedAt,
      provider,
      routes,
      pidnap: this.isPidnapSilent()
        ? { ok: false, code: 'MACHINE_UNREACHABLE', message: 'no answer in 5000 ms' }
        : { ok: true, value: { services: this.list(), changes: this.changes.map((one) => ({ ...one })) } },
      daemon:
        this.answers('daemon') && !this.unreachable
          ? { ok: true, value: daemonHealth({ versions: this.versions, services: this.list() }) }
          : { ok: false, code: 'MACHINE_UNREACHABLE', message: 'no answer in 5000 ms' },
      inside: this.isPidnapSilent() ? { ok: true, value: { pidnapAnswers: !this.hung.has('pidnap') } } : null,
      versions: this.unreachable ? null : this.versions,
    };
  }

  /** Takes an action, or refuses it. */
  take(action: PendingAction, now: number): Outcome {
    const toPidnap = action.do === 'restart-services' || action.do === 'apply-versions';
    if (!this.hostReachable) return refusal('HOST_UNREACHABLE', 'The host did not answer', true);
    if (toPidnap && (this.provider !== 'running' || this.isPidnapSilent()))
      return refusal('MACHINE_UNREACHABLE', 'pidnap did not answer', true);
    const known = this.outcomes.get(action.ref.id);
    if (known !== undefined) return known;
    if (action.ref.sequence < this.highest)
      return refusal('STALE_ACTION', 'A newer action was already accepted', false);
    this.highest = action.ref.sequence;
    const outcome: Outcome = this.refuses.has(action.do)
      ? refusal('CONFLICT', `${action.do} is refused here`, false)
      : { ok: true };
    this.outcomes.set(action.ref.id, outcome);
    if (outcome.ok) this.execute(action, now);
    return outcome;
  }

  /** What the daemon would report now; `null` when it cannot. */
  report(): HealthReport | null {
    if (this.muted || this.provider !== 'running' || !this.answers('daemon')) return null;
    this.seq += 1;
    const services = this.lies ? [service('daemon'), service('web')] : this.list();
    const pidnapAnswers = this.lies || !this.hung.has('pidnap');
    return report({
      bootId: `boot-${this.boot}`,
      seq: this.seq,
      versions: this.versions,
      services,
      pidnapAnswers,
    });
  }

  /** A process ends and pidnap has given up on it. */
  fail(name: string): void {
    this.services.set(name, 'failed');
  }

  /** A process ends and pidnap starts it again, as it does by itself. */
  crash(name: string): void {
    this.startProcess(name);
  }

  /** The container and its processes are gone. */
  vanish({ withDisk }: { withDisk: boolean }): void {
    this.provider = 'absent';
    if (withDisk) this.diskPresent = false;
    this.work = [];
    this.operation = null;
  }

  private isPidnapSilent(): boolean {
    return this.hung.has('pidnap') || this.unreachable;
  }

  private probe(): RouteProbe {
    const hangs = this.hung.has('web') && this.services.get('web') === 'running';
    if (hangs || this.unreachable)
      return { service: 'web', ok: false, silent: true, message: 'no answer in 5000 ms' };
    const ok = this.answers('web');
    return { service: 'web', ok, message: `/healthz answered ${ok ? 200 : 502}` };
  }

  private answers(name: string): boolean {
    return this.services.get(name) === 'running' && !this.hung.has(name) && !this.erring.has(name);
  }

  private list(): ServiceStatus[] {
    return [...this.services].map(([name, state]) =>
      service(name, {
        state,
        health: this.answers(name) || name === 'daemon' || this.lies ? 'healthy' : 'unhealthy',
        exitCode: state === 'failed' ? 1 : null,
      }),
    );
  }

  private inspect(): Inspection {
    const { provider: state, diskPresent, host } = this;
    return inspection({
      state,
      diskPresent,
      host,
      operation: this.operation,
      lastCopy: this.copies.at(-1) ?? null,
    });
  }

  private execute(action: PendingAction, now: number): void {
    this.executed.push(action.do);
    switch (action.do) {
      case 'observe':
      case 'request-permit':
      case 'collect-evidence':
      case 'restore-work':
      case 'rebuild':
        return;
      case 'restart-services':
        for (const name of action.names) this.startProcess(name);
        return;
      case 'apply-versions':
        return this.change(action.ref, action.refs, now);
      case 'create':
      case 'start':
      case 'restart':
        return this.operate(action, now, 'starting', () => this.bootMachine());
      case 'stop':
        return this.operate(action, now, 'stopping', () => {
          this.provider = 'stopped';
        });
      case 'destroy':
        return this.operate(action, now, 'stopping', () => this.vanish({ withDisk: true }));
      case 'copy':
        return this.operate(action, now, this.provider, () => {
          this.copies.push({
            copyId: `copy-${this.copies.length + 1}`,
            machineId: MACHINE_ID,
            takenAt: now,
            bytes: 4096,
            sha256: 'c'.repeat(64),
          });
        });
    }
  }

  private operate(
    action: PendingAction & { do: keyof typeof WORK_MS },
    now: number,
    meanwhile: ProviderState,
    end: () => void,
  ): void {
    if (this.loses.has(action.do)) return;
    const running: Operation = {
      action: action.ref,
      kind: action.do as Operation['kind'],
      status: 'running',
      startedAt: now,
      finishedAt: null,
      error: null,
    };
    const before = this.provider;
    this.operation = running;
    this.provider = meanwhile;
    const endsAt = now + WORK_MS[action.do];
    this.work.push({
      endsAt,
      end: () => {
        if (this.fails.has(action.do)) {
          const error = { code: 'PROVIDER_FAILED', message: `${action.do} went wrong` };
          this.operation = { ...running, status: 'failed', finishedAt: endsAt, error };
          this.provider = before;
          return;
        }
        this.operation = { ...running, status: 'done', finishedAt: endsAt };
        end();
      },
    });
  }

  private change(ref: ActionRef, refs: VersionRefs, now: number): void {
    const progress: ChangeProgress = { actionId: ref.id, status: 'running', message: '' };
    this.changes.push(progress);
    this.work.push({
      endsAt: now + WORK_MS.change,
      end: () => {
        if (this.fails.has('apply-versions')) {
          progress.status = 'failed';
          progress.message = 'npm ci ended with 1';
          return;
        }
        progress.status = 'done';
        const { image } = this.head;
        const present = this.versions ?? this.head;
        this.versions = {
          image,
          platform: this.resolve(refs.platform, 'platform') ?? present.platform,
          customer: this.resolve(refs.customer, 'customer') ?? present.customer,
        };
        for (const name of this.services.keys()) this.startProcess(name);
      },
    });
  }

  private resolve(ref: string | undefined, repository: 'platform' | 'customer'): string | undefined {
    return ref === 'main' ? this.head[repository] : ref;
  }

  private bootMachine(): void {
    this.provider = 'running';
    this.diskPresent = true;
    this.versions ??= this.head;
    this.changes = [];
    this.hung.delete('pidnap');
    this.stubborn.clear();
    for (const name of ['daemon', 'web']) this.startProcess(name);
  }

  private startProcess(name: string): void {
    if (!this.stubborn.has(name)) this.hung.delete(name);
    this.erring.delete(name);
    const commit = name === 'daemon' ? this.versions?.platform : this.versions?.customer;
    const ends = this.ruined || this.broken.has(commit ?? '');
    this.services.set(name, ends ? 'failed' : 'running');
    if (name !== 'daemon' || ends) return;
    this.boot += 1;
    this.seq = 0;
  }
}

function refusal(
  code: 'HOST_UNREACHABLE' | 'MACHINE_UNREACHABLE' | 'STALE_ACTION' | 'CONFLICT',
  message: string,
  retryable: boolean,
): Outcome {
  return { ok: false, code, message, retryable };
}
