/**
 * Drives `decide` as the shell does, against a fake machine and by a clock of its own, so that a whole recovery reads
 * as a few sentences and takes no time. After every step the invariants are checked, the input must be unchanged, and
 * the same input must lead to the same decision.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Incident, Level, Policy } from '@fettle/contract';
import { decide, type Decision } from '../machine/decide.ts';
import type { Command, MachineEvent, Outcome } from '../machine/event.ts';
import type { OutboxEntry } from '../machine/outbox.ts';
import { newMachineRecord, openIncident, type MachineRecord } from '../machine/record.ts';
import type { Fact } from '../machine/turn.ts';
import { origin, policy as defaultPolicy, T0 } from './builders.ts';
import { latestAlarm } from '../machine/wake.ts';
import { deepFreeze } from './deep-freeze.ts';
import { FakeMachine } from './fake-machine.ts';
import { checkInvariants } from './invariants.ts';

/** What one call takes to be answered. */
const CALL_MS = 20;

/** More steps than this without a pause are a loop that never sleeps. */
const MOST_STEPS_AT_ONCE = 60;

export class Scenario {
  /** The time that really passes. */
  now = T0;
  /** How much our clock is ahead of that; it steps when this changes. */
  clockAheadMs = 0;
  record: MachineRecord = newMachineRecord(origin(), T0);
  readonly machine = new FakeMachine();
  policy: Policy;
  readonly facts: Fact[] = [];
  /** What the project was told, in order. */
  readonly told: OutboxEntry['message'][] = [];
  /** What was sent, looks left out. */
  readonly sent: string[] = [];
  /** How many looks were made. */
  looks = 0;
  /** The project's answer to a request for a permit. */
  permit: (level: Level) => Outcome = () => ({
    ok: true,
    permit: { granted: true, expiresAt: this.clock + 600_000 },
  });
  projectReachable = true;
  /** The shell dies after it stored this many more decisions that send something, and before it sends. */
  crashes = 0;
  private wakeAt: number | null = null;
  private nextReportAt = T0;

  constructor(policy: Policy = defaultPolicy()) {
    this.policy = policy;
  }

  /** A machine that was provisioned and has been healthy for ten minutes, so that its versions have proven to work. */
  static healthy(policy?: Policy): Scenario {
    const scenario = new Scenario(policy);
    scenario.command({ kind: 'provision' });
    scenario.runUntil('healthy', () => scenario.phase === 'healthy');
    scenario.runFor(600_000);
    scenario.sent.length = 0;
    return scenario;
  }

  /** What our clock shows. */
  get clock(): number {
    return this.now + this.clockAheadMs;
  }

  get phase(): MachineRecord['state']['phase'] {
    return this.record.state.phase;
  }

  get openIncident(): Incident | null {
    return openIncident(this.record.state);
  }

  /** The incidents so far, each in its last form. */
  get incidents(): Incident[] {
    const all = this.facts.flatMap((fact) => (fact.kind === 'incident' ? [fact.incident] : []));
    return [...new Map(all.map((incident) => [incident.number, incident])).values()];
  }

  /** What became of the levels of the newest incident, such as `1 failed still-unhealthy`. */
  get levels(): string[] {
    const tries = this.incidents.at(-1)?.tries ?? [];
    return tries.map((one) => [one.level, one.outcome, one.reason].filter((part) => part !== null).join(' '));
  }

  /** The timeline. */
  get story(): string[] {
    return this.facts.flatMap((fact) => (fact.kind === 'event' ? [fact.event.message] : []));
  }

  command(command: Command): void {
    this.step({ type: 'commanded', by: null, command });
  }

  runFor(ms: number): void {
    const until = this.now + ms;
    while (this.next() <= until) this.turn();
    this.moveTo(until);
  }

  /** Runs until something is so; throws when it is not so within two hours. */
  runUntil(what: string, isSo: () => boolean): void {
    const until = this.now + 2 * 3_600_000;
    while (!isSo()) {
      if (this.next() > until)
        throw new Error(`not ${what} within two hours:\n${this.story.slice(-20).join('\n')}`);
      this.turn();
    }
  }

  /** Neither alarm nor report gets through for this long: the control plane is down. */
  away(ms: number): void {
    this.moveTo(this.now + ms);
    this.nextReportAt = Math.max(this.nextReportAt, this.now);
  }

  /** Our clock steps by this much, ahead or back. The sweep then finds an alarm that lies too far away. */
  stepClock(byMs: number): void {
    this.clockAheadMs += byMs;
    this.wakeAt = latestAlarm(this.record, this.policy, this.clock);
  }

  /** Decides one event, as the shell would, and checks what must hold. */
  step(event: MachineEvent): Decision {
    const before = deepFreeze(this.record);
    const input = { record: before, event: deepFreeze(event), now: this.clock, policy: this.policy };
    const decision = decide(input);
    if (!isDeepStrictEqual(decide(input), decision)) throw new Error(`not the same twice: ${event.type}`);
    checkInvariants({ before, event, now: this.clock, policy: this.policy, decision });
    this.record = decision.record;
    this.facts.push(...decision.facts);
    this.wakeAt = decision.wakeAt;
    return decision;
  }

  private next(): number {
    return Math.min((this.wakeAt ?? Infinity) - this.clockAheadMs, this.nextReportAt);
  }

  private turn(): void {
    this.moveTo(Math.max(this.now, this.next()));
    if (this.nextReportAt <= this.now) return this.push();
    this.alarm();
  }

  private push(): void {
    this.nextReportAt = this.now + this.policy.report.everyMs;
    const report = this.machine.report();
    if (report !== null) this.step({ type: 'reported', report });
  }

  private alarm(): void {
    const queue = this.sends(this.step({ type: 'woke' }));
    for (let steps = 0; queue.length > 0; steps++) {
      if (steps > MOST_STEPS_AT_ONCE)
        throw new Error(`a loop without a pause: ${this.sent.slice(-5).join(', ')}`);
      if (this.crashes > 0) {
        this.crashes -= 1;
        return;
      }
      const send = queue.shift();
      if (send !== undefined) queue.push(...this.sends(this.step(send())));
    }
  }

  private sends(decision: Decision): (() => MachineEvent)[] {
    return [
      ...decision.messages.map((entry) => () => this.deliver(entry)),
      ...decision.actions.map((action) => (): MachineEvent => {
        const actionId = action.ref.id;
        const startedAt = this.clock;
        if (action.do === 'observe') {
          this.looks += 1;
          const observation = this.machine.look(action, startedAt);
          this.moveTo(this.now + CALL_MS);
          return { type: 'observed', actionId, observation };
        }
        this.sent.push(action.do === 'restart-services' ? `restart ${action.names.join(' ')}` : action.do);
        const outcome =
          action.do === 'request-permit' ? this.permit(action.level) : this.machine.take(action, this.now);
        this.moveTo(this.now + CALL_MS);
        return { type: 'finished', actionId, outcome };
      }),
    ];
  }

  private deliver(entry: OutboxEntry): MachineEvent {
    if (this.projectReachable) this.told.push(entry.message);
    return { type: 'delivered', entryId: entry.id, ok: this.projectReachable };
  }

  private moveTo(time: number): void {
    this.now = time;
    this.machine.advance(time);
  }
}
