/**
 * A machine and its host as scripts play them: it does what actions ask, in its own time, and breaks as a test says.
 * Like the real receivers it executes an action id once and refuses a sequence below the highest it has accepted.
 */
import type { DataCopy, HealthReport, Inspection, Operation, ProviderState } from '@fettle/contract';
import type { Observation, Outcome } from '../machine/event.ts';
import type { PendingAction } from '../machine/record.ts';
import { copy, daemonHealth, evidenceBundle, inspection, SECOND } from './builders.ts';
import { FakeInside } from './fake-inside.ts';

/** How long each kind of work takes. */
const WORK_MS = {
  create: 8 * SECOND,
  start: 5 * SECOND,
  stop: 3 * SECOND,
  restart: 6 * SECOND,
  rebuild: 9 * SECOND,
  destroy: 2 * SECOND,
  copy: 2 * SECOND,
};

export class FakeMachine extends FakeInside {
  provider: ProviderState = 'absent';
  diskPresent = false;
  /** The host-agent answers. */
  hostReachable = true;
  /** The host that answers. */
  host = 'host-1';
  /** Verbs that the receiver refuses, once and for all. */
  readonly refuses = new Set<PendingAction['do']>();
  /** Verbs whose operation is accepted and then forgotten. */
  readonly loses = new Set<PendingAction['do']>();
  readonly copies: DataCopy[] = [];
  /** What was executed, in order. */
  readonly executed: string[] = [];
  private readonly outcomes = new Map<string, Outcome>();
  private highest = 0;
  private operation: Operation | null = null;
  /** The image that it runs from. */
  private image = this.head.image;

  /** One look, as deep as asked. */
  look(action: Extract<PendingAction, { do: 'observe' }>, startedAt: number): Observation {
    const silent = { startedAt, routes: [], pidnap: null, daemon: null, inside: null, versions: null };
    if (!this.hostReachable)
      return { ...silent, provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'connection refused' } };
    const provider = { ok: true as const, value: this.inspect() };
    if (this.provider !== 'running') return { ...silent, provider };
    const routes = [this.probe()];
    if (action.depth === 'light') return { ...silent, provider, routes };
    if (this.refusesCommands) {
      const refused = { ok: false, code: 'UNAUTHORIZED', message: 'not by a key of ours' } as const;
      const inside = { ok: true, value: { pidnapAnswers: !this.hung.has('pidnap') } } as const;
      return { ...silent, provider, routes, pidnap: refused, daemon: refused, inside };
    }
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
    if (action.do === 'collect-evidence') return this.collect(action, now);
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
    return this.provider === 'running' ? this.daemonReport() : null;
  }

  /** The container and its processes are gone. */
  vanish({ withDisk }: { withDisk: boolean }): void {
    this.provider = 'absent';
    if (withDisk) this.diskPresent = false;
    this.forgetWork();
    this.operation = null;
  }

  private inspect(): Inspection {
    const { provider: state, diskPresent, host } = this;
    return inspection({
      state,
      diskPresent,
      host,
      image: state === 'absent' ? null : this.image,
      operation: this.operation,
      lastCopy: this.copies.at(-1) ?? null,
    });
  }

  /** The control plane keeps evidence itself, of a machine that is silent as well. */
  private collect(
    { ref, incident, level }: Extract<PendingAction, { do: 'collect-evidence' }>,
    now: number,
  ): Outcome {
    if (this.refuses.has('collect-evidence')) return refusal('INTERNAL', 'the bucket refuses', false);
    const missing =
      this.hostReachable && this.provider === 'running'
        ? []
        : [{ part: 'logs.txt' as const, why: 'out of reach' }];
    const id = String(ref.sequence);
    return { ok: true, evidence: evidenceBundle({ id, incident, level, takenAt: now, missing }) };
  }

  private execute(action: Exclude<PendingAction, { do: 'collect-evidence' }>, now: number): void {
    this.executed.push(action.do);
    switch (action.do) {
      case 'observe':
      case 'request-permit':
      case 'restore-work':
        return;
      case 'restart-services':
        return this.startServices(action.names);
      case 'apply-versions':
        return this.change(action.ref, action.refs, now);
      case 'create':
      case 'start':
      case 'restart':
        return this.operate(action, now, 'starting', () => this.bootMachine());
      case 'rebuild': {
        const { image, refs } = action;
        return this.operate(action, now, 'starting', () => {
          this.image = image;
          this.putOnDisk(refs, image);
          this.bootMachine();
        });
      }
      case 'stop':
        return this.operate(action, now, 'stopping', () => {
          this.provider = 'stopped';
        });
      case 'destroy':
        return this.operate(action, now, 'stopping', () => this.vanish({ withDisk: true }));
      case 'copy':
        return this.operate(action, now, this.provider, () => {
          this.copies.push(copy({ copyId: `copy-${this.copies.length + 1}`, takenAt: now }));
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
      kind: action.do,
      status: 'running',
      startedAt: now,
      finishedAt: null,
      error: null,
    };
    const before = this.provider;
    this.operation = running;
    this.provider = meanwhile;
    const endsAt = now + WORK_MS[action.do];
    this.later(endsAt, () => {
      if (this.fails.has(action.do)) {
        const error = { code: 'PROVIDER_FAILED', message: `${action.do} went wrong` };
        this.operation = { ...running, status: 'failed', finishedAt: endsAt, error };
        this.provider = before;
        return;
      }
      this.operation = { ...running, status: 'done', finishedAt: endsAt };
      end();
    });
  }

  private bootMachine(): void {
    this.provider = 'running';
    this.diskPresent = true;
    this.startEverything();
  }
}

function refusal(
  code: 'HOST_UNREACHABLE' | 'MACHINE_UNREACHABLE' | 'STALE_ACTION' | 'CONFLICT' | 'INTERNAL',
  message: string,
  retryable: boolean,
): Outcome {
  return { ok: false, code, message, retryable };
}
