/**
 * What runs inside a fake machine: pidnap, the daemon and `web`, from the versions on its disk. It breaks as a test says.
 */
import type { ActionRef, HealthReport, ServiceStatus, VersionRefs, VersionSet } from '@fettle/contract';
import type { ChangeProgress, RouteProbe } from '../machine/event.ts';
import type { PendingAction } from '../machine/record.ts';
import { report, SECOND, service, versions } from './builders.ts';

/** How long a change of versions takes. */
const CHANGE_MS = 6 * SECOND;

type Work = { endsAt: number; end: () => void };

export class FakeInside {
  /** Nothing in the machine can be reached from outside; what is inside reaches out. */
  unreachable = false;
  /** What is on the disk. */
  versions: VersionSet | null = null;
  /** Where a branch leads, and the image of new machines. */
  head: VersionSet = versions();
  /** Processes that run and do not answer; `pidnap` is one of them. */
  readonly hung = new Set<string>();
  /** Services that answer, and answer with an error. */
  readonly erring = new Set<string>();
  /** Processes that hang again after a restart of their own; only a restart of the machine helps. */
  readonly stubborn = new Set<string>();
  /** Commits whose process ends as soon as it is started, and images on which every process does. */
  readonly broken = new Set<string>();
  /** Nothing starts any more, whatever is done. */
  ruined = false;
  /** Reports do not get through, although the daemon makes them. */
  muted = false;
  /** pidnap and the daemon answer us, and take nothing of what we sign. */
  refusesCommands = false;
  /** The daemon and pidnap say that all is well, whatever is. */
  lies = false;
  /** Verbs that are accepted, and whose work then fails. */
  readonly fails = new Set<PendingAction['do']>();
  protected changes: ChangeProgress[] = [];
  private readonly services = new Map<string, ServiceStatus['state']>();
  private work: Work[] = [];
  private boot = 0;
  private seq = 0;

  /** Lets time pass: what is due is done. */
  advance(now: number): void {
    const due = this.work.filter((one) => one.endsAt <= now).toSorted((a, b) => a.endsAt - b.endsAt);
    this.work = this.work.filter((one) => one.endsAt > now);
    for (const one of due) one.end();
  }

  /** A process ends and pidnap has given up on it. */
  fail(name: string): void {
    this.services.set(name, 'failed');
  }

  /** A process ends and pidnap starts it again, as it does by itself. */
  crash(name: string): void {
    this.startProcess(name);
  }

  protected later(endsAt: number, end: () => void): void {
    this.work.push({ endsAt, end });
  }

  protected forgetWork(): void {
    this.work = [];
  }

  protected isPidnapSilent(): boolean {
    return this.hung.has('pidnap') || this.unreachable;
  }

  protected answers(name: string): boolean {
    return this.services.get(name) === 'running' && !this.hung.has(name) && !this.erring.has(name);
  }

  protected probe(): RouteProbe {
    const hangs = this.hung.has('web') && this.services.get('web') === 'running';
    if (hangs || this.unreachable)
      return { service: 'web', ok: false, silent: true, message: 'no answer in 5000 ms' };
    const ok = this.answers('web');
    return { service: 'web', ok, message: `/healthz answered ${ok ? 200 : 502}` };
  }

  protected list(): ServiceStatus[] {
    return [...this.services].map(([name, state]) =>
      service(name, {
        state,
        health: this.answers(name) || name === 'daemon' || this.lies ? 'healthy' : 'unhealthy',
        exitCode: state === 'failed' ? 1 : null,
      }),
    );
  }

  /** What the daemon says; `null` when nothing of it gets through. */
  protected daemonReport(): HealthReport | null {
    if (this.muted || !this.answers('daemon')) return null;
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

  protected change(ref: ActionRef, refs: VersionRefs, now: number): void {
    const progress: ChangeProgress = { actionId: ref.id, status: 'running', message: '' };
    this.changes.push(progress);
    this.later(now + CHANGE_MS, () => {
      if (this.fails.has('apply-versions')) {
        progress.status = 'failed';
        progress.message = 'npm ci ended with 1';
        return;
      }
      progress.status = 'done';
      this.putOnDisk(refs);
      for (const name of this.services.keys()) this.startProcess(name);
    });
  }

  /** What a change leaves on the disk; a repository that is left out stays as it is. */
  protected putOnDisk(refs: VersionRefs, image = this.versions?.image ?? this.head.image): void {
    const present = this.versions ?? this.head;
    this.versions = {
      image,
      platform: this.resolve(refs.platform, 'platform') ?? present.platform,
      customer: this.resolve(refs.customer, 'customer') ?? present.customer,
    };
  }

  private resolve(ref: string | undefined, repository: 'platform' | 'customer'): string | undefined {
    return ref === 'main' ? this.head[repository] : ref;
  }

  protected startEverything(): void {
    this.versions ??= this.head;
    this.changes = [];
    this.hung.delete('pidnap');
    this.stubborn.clear();
    for (const name of ['daemon', 'web']) this.startProcess(name);
  }

  protected startServices(names: readonly string[]): void {
    for (const name of names) this.startProcess(name);
  }

  private startProcess(name: string): void {
    if (!this.stubborn.has(name)) this.hung.delete(name);
    this.erring.delete(name);
    const commit = name === 'daemon' ? this.versions?.platform : this.versions?.customer;
    const runsFrom = [commit ?? '', this.versions?.image ?? ''];
    const ends = this.ruined || runsFrom.some((one) => this.broken.has(one));
    this.services.set(name, ends ? 'failed' : 'running');
    if (name !== 'daemon' || ends) return;
    this.boot += 1;
    this.seq = 0;
  }
}
