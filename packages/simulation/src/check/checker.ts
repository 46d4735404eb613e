/** Watches a world, checks everything that must hold after every event, and keeps count of what was seen. */
import { RECOVERY } from '@fettle/core/testing/invariants/recovery';
import type { Invariant } from '@fettle/core/testing/invariants/step';
import { VERSIONS } from '@fettle/core/testing/invariants/versions';
import { WATCHING } from '@fettle/core/testing/invariants/watching';
import { checkProject } from '@fettle/core/testing/project-invariants';
import type { Fault } from '../faults/fault.ts';
import type { HostRequest } from '../world/host-request.ts';
import type { Observer } from '../world/observer.ts';
import type { PidnapAction } from '../world/pidnap.ts';
import type { Sandbox } from '../world/sandbox.ts';
import type { EffectAction, MachineStep, ProjectStep } from '../world/surroundings.ts';
import { T0, type World } from '../world/world.ts';
import { Arrivals } from './arrivals.ts';
import type { Coverage } from './coverage.ts';
import { concernsRecovery, concernsVersions, isOnlyReport, OF_REPORTS } from './concerns.ts';
import { DISPATCH_INVARIANTS, EXECUTION_INVARIANTS } from './effect-invariants.ts';
import { Excuses } from './excuses.ts';
import { IDLE, Violation, type Judgement } from './judgement.ts';
import type { Life } from './life.ts';
import { LIVENESS_INVARIANTS } from './liveness.ts';
import { FLEET_INVARIANTS, MACHINE_INVARIANTS, rhythmOf, type Watched } from './machine-invariants.ts';
import { isRoutine, MACHINE_STEP_INVARIANTS } from './machine-step-invariants.ts';
import { PROJECT_STEP_INVARIANTS } from './project-step-invariants.ts';
import { Proofs } from './proofs.ts';
import { changesNothing } from './resources-decide-nothing.ts';
import { ROLLOUT_INVARIANTS } from './rollout-invariants.ts';
import { transitionOf } from './transitions.ts';
import { VERSION_STEP_INVARIANTS } from './version-step-invariants.ts';

/** The whole fleet is checked after so many events, or as many as it has machines when those are more. */
const FLEET_EVERY = 1000;

/** Every so many reports, one is decided again with other resources. */
const RESOURCES_EVERY = 4999;

/** Projects with more slots than this are checked as a whole only now and then: it costs the square of the slots. */
const LARGE_PROJECT = 60;

type Named<Check> = { name: string; check: Check; count: { checked: number; worked: number } };

export class Checker implements Observer {
  events = 0;
  /** Mixes everything that was decided: equal for equal runs, and hardly ever for others. */
  fingerprint = 0;
  private world: World | null = null;
  private violation: Violation | null = null;
  private readonly coverage: Coverage;
  private readonly excuses = new Excuses();
  private readonly lives = new Map<string, Life>();
  private touched: Life[] = [];
  private readonly carried = new Set<string>();
  readonly proofs = new Proofs();
  readonly arrivals = new Arrivals();
  private readonly watching;
  private readonly ofReports;
  private readonly recovery;
  private readonly versions;
  private readonly machineStep;
  private readonly versionStep;
  private readonly machine;
  private readonly fleet;
  private readonly projectStep;
  private readonly rollout;
  private readonly dispatch;
  private readonly execution;
  private readonly liveness;
  private readonly wholeProject;
  private readonly once;
  private readonly resources;

  constructor(coverage: Coverage) {
    this.coverage = coverage;
    const named = <Check>(checks: Record<string, Check>): Named<Check>[] =>
      Object.entries(checks).map(([name, check]) => ({ name, check, count: coverage.tally.of(name) }));
    this.watching = named<Invariant>(WATCHING);
    this.ofReports = this.watching.filter(({ name }) => OF_REPORTS.has(name));
    this.recovery = named<Invariant>(RECOVERY);
    this.versions = named<Invariant>(VERSIONS);
    this.machineStep = named(MACHINE_STEP_INVARIANTS);
    this.versionStep = named(VERSION_STEP_INVARIANTS);
    this.machine = named(MACHINE_INVARIANTS);
    this.fleet = named(FLEET_INVARIANTS);
    this.projectStep = named(PROJECT_STEP_INVARIANTS);
    this.rollout = named(ROLLOUT_INVARIANTS);
    this.dispatch = named(DISPATCH_INVARIANTS);
    this.execution = named(EXECUTION_INVARIANTS);
    this.liveness = named(LIVENESS_INVARIANTS);
    this.wholeProject = coverage.tally.of('a project is in order');
    this.once = coverage.tally.of('M3 a receiver carries an action out once');
    this.resources = coverage.tally.of('T1 what is measured decides nothing');
  }

  /** The world that is watched. It needs its observer before it exists. */
  watch(world: World): void {
    this.world = world;
  }

  decisionThrew(error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violated('a decision is total', message);
  }

  faultBegun(fault: Fault): void {
    this.coverage.probes.mark(`fault ${fault.kind}`);
    this.excuses.add(fault, this.here());
  }

  machineStepped(step: MachineStep): void {
    const { event, decision, before, now } = step;
    if (isOnlyReport(step)) this.checkCore(this.ofReports, step);
    else {
      this.checkCore(this.watching, step);
      if (concernsRecovery(step)) this.checkCore(this.recovery, step);
      if (concernsVersions(step)) this.checkCore(this.versions, step);
    }
    const life = this.lifeOf(before.identity.machineId);
    if (event.type === 'woke') {
      life.wokeAt = this.here().timeline.now;
      life.rhythmMs = 0;
    }
    // A command may ask for another rhythm before the wake that takes it up.
    if (event.type !== 'commanded')
      life.rhythmMs = Math.max(life.rhythmMs, rhythmOf(decision.record, step.policy));
    const transition = transitionOf(before.state.phase, event.type, decision.record.state.phase);
    this.coverage.pairs.add(life.lastTransition, transition);
    life.lastTransition = transition;
    this.mix(transition, decision.wakeAt ?? now);
    this.touched.push(life);
    this.proofs.see(step, life, this.here().timeline.now);
    if (event.type === 'reported') this.checkResources(step);
    if (isRoutine(step)) return;
    for (const one of this.machineStep) this.judge(one, one.check(step, this.here()));
    for (const one of this.versionStep) this.judge(one, one.check(step, this.here(), life));
    this.coverage.probes.machineStepped(step);
  }

  projectStepped(step: ProjectStep): void {
    const { before, decision, now } = step;
    this.mix(decision.record.sequence, decision.wakeAt ?? 0);
    for (const one of this.projectStep) this.judge(one, one.check(step, this.here()));
    if (step.event.type === 'machine-changed') this.arrivals.hear(step.event, decision.record.policy);
    for (const one of this.rollout) this.judge(one, one.check(step, this.here(), this));
    if (isNews(step) && (before.slots.length <= LARGE_PROJECT || this.events % 100 === 0)) {
      this.wholeProject.checked += 1;
      this.wholeProject.worked += 1;
      try {
        checkProject(before, decision, now);
      } catch (error) {
        this.violated('a project is in order', error instanceof Error ? error.message : String(error));
      }
    }
    this.coverage.probes.projectStepped(step);
  }

  dispatched(machineId: string, action: EffectAction): void {
    const life = this.lifeOf(machineId);
    for (const one of this.dispatch) this.judge(one, one.check(machineId, action, this.here(), life));
    if (action.sends > 1) this.coverage.probes.mark(`sent again: ${action.do}`);
  }

  executed(request: HostRequest, sandbox: Sandbox): void {
    // There is a copy every few minutes, and one more is only another copy.
    if (request.kind !== 'copy') this.carriedOut(request.ref.id);
    for (const one of this.execution) this.judge(one, one.check(request, sandbox, this.here()));
  }

  declined(why: 'repeated' | 'old'): void {
    this.coverage.probes.mark(
      why === 'old' ? 'a receiver refuses an old action' : 'a receiver is asked twice',
    );
  }

  executedInside(_sandbox: Sandbox, action: PidnapAction): void {
    this.carriedOut(action.ref.id);
  }

  /** To be called after every event of the timeline. Throws the first violation. */
  eventHappened(): void {
    this.events += 1;
    for (const life of this.touched) this.checkMachine(life, this.machine);
    this.touched.length = 0;
    if (this.events % Math.max(FLEET_EVERY, this.lives.size) === 0)
      for (const life of this.lives.values()) this.checkMachine(life, this.fleet);
    if (this.violation !== null) throw this.violation;
  }

  /** To be called when the time to heal is over. Throws the first violation. */
  healed(): void {
    for (const life of this.lives.values()) this.checkMachine(life, this.fleet);
    for (const one of this.liveness) this.judge(one, one.check(this.here()));
    if (this.violation !== null) throw this.violation;
  }

  /** The core's own invariants do not tell their premise. */
  private checkCore(checks: readonly Named<Invariant>[], step: MachineStep): void {
    for (const { name, check, count } of checks) {
      count.checked += 1;
      count.worked += 1;
      const wrong = check(step);
      if (wrong !== null) this.violated(name, `${wrong} (after ${describe(step)})`);
    }
  }

  private carriedOut(id: string): void {
    this.once.checked += 1;
    this.once.worked += 1;
    if (this.carried.has(id)) this.violated('M3 a receiver carries an action out once', id);
    this.carried.add(id);
  }

  private checkMachine(
    life: Life,
    checks: readonly Named<(watched: Watched, world: World) => Judgement>[],
  ): void {
    const world = this.here();
    if (world.runtime.isDown || this.excuses.isExcused(life.object.id, world.timeline.now)) return;
    for (const one of checks) this.judge(one, one.check(life, world), life.object.id);
  }

  private checkResources(step: MachineStep): void {
    this.resources.checked += 1;
    if (this.resources.checked % RESOURCES_EVERY !== 0) return;
    this.resources.worked += 1;
    if (!changesNothing(step)) this.violated('T1 what is measured decides nothing', describe(step));
  }

  private judge({ name, count }: Named<unknown>, judgement: Judgement, who = ''): void {
    count.checked += 1;
    if (judgement === IDLE) return;
    count.worked += 1;
    if (typeof judgement === 'string') this.violated(name, who === '' ? judgement : `${who}: ${judgement}`);
  }

  private lifeOf(machineId: string): Life {
    const known = this.lives.get(machineId);
    if (known !== undefined) return known;
    const { machines, timeline } = this.here();
    const life = {
      object: machines.get(machineId),
      wokeAt: timeline.now,
      rhythmMs: 0,
      lastTransition: 0,
      baking: { versions: null, since: null },
      evidenceFor: new Map(),
      evidenceAsked: null,
      proofs: this.proofs,
      stopAsked: false,
    };
    this.lives.set(machineId, life);
    return life;
  }

  private mix(a: number, b: number): void {
    this.fingerprint = (Math.imul(this.fingerprint ^ a, 0x01000193) ^ Math.floor(b % 2 ** 31)) >>> 0;
  }

  /** Kept until the event is over: objects outlive errors, and this one must not be outlived. */
  private violated(invariant: string, sentence: string): void {
    this.violation ??= new Violation(invariant, sentence, this.here().timeline.now - T0);
  }

  private here(): World {
    if (this.world === null) throw new Error('No world is being watched');
    return this.world;
  }
}

/** A sweep that found nothing, or a permit that is refused again, changes nothing that a project is made of. */
function isNews({ before, event, decision: { record, permit } }: ProjectStep): boolean {
  if (event.type === 'permit-requested') return permit?.granted === true;
  return (
    before.slots !== record.slots ||
    before.plans !== record.plans ||
    before.permits !== record.permits ||
    before.pending !== record.pending ||
    before.retired !== record.retired ||
    before.rollout !== record.rollout ||
    before.quarantines !== record.quarantines ||
    before.pins !== record.pins
  );
}

function describe({ before, event }: MachineStep): string {
  return `${event.type} of ${before.identity.machineId} in phase ${before.state.phase}`;
}
