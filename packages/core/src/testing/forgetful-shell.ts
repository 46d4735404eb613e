/** A shell that stores what must be stored, remembers the rest, and forgets that when it is told to crash. */
import type { Life } from './random-life.ts';
import { commitOf, hasEffect } from '../machine/commit.ts';
import type { Decision } from '../machine/decide.ts';
import type { MachineEvent } from '../machine/event.ts';
import type { MachineRecord } from '../machine/record.ts';

export class ForgetfulShell {
  /** What was done that must never be done, in words. */
  readonly faults: string[] = [];
  private readonly life: Life;
  private stored: MachineRecord;

  constructor(life: Life) {
    this.life = life;
    this.stored = life.record;
    life.onDecision = (before, event, decision) => this.take(before, event, decision);
  }

  /** Goes on from what is stored. Only questions, and what they found, may be lost. */
  crash(): void {
    const { record } = this.life;
    this.compare('desired', record.desired, this.stored.desired);
    this.compare('commands', record.commands, this.stored.commands);
    this.compare('budgets', record.spent, this.stored.spent);
    this.compare('incidents', record.incidents, this.stored.incidents);
    this.compare('phase', record.state.phase, this.stored.state.phase);
    const kept = new Set(this.stored.outbox.map(({ id }) => id));
    for (const { id } of record.outbox) if (!kept.has(id)) this.faults.push(`message ${id} is lost`);
    const { pending } = record;
    if (pending !== null && hasEffect(pending) && pending.sends > 0)
      this.compare('effect', pending.ref, this.stored.pending?.ref);
    this.life.record = this.stored;
  }

  private take(before: MachineRecord, event: MachineEvent, decision: Decision): void {
    if (commitOf({ before, event, decision, now: this.life.now }) === 'now') this.stored = decision.record;
    for (const action of decision.actions.filter(hasEffect))
      this.compare(`sent ${action.ref.id}`, action, this.stored.pending);
    for (const entry of decision.messages) {
      const kept = this.stored.outbox.find(({ id }) => id === entry.id);
      this.compare(`sent ${entry.id}`, entry, kept);
    }
    const isRunOver = decision.actions.length === 0 && decision.messages.length === 0;
    if (isRunOver && event.type !== 'reported') this.stored = decision.record;
  }

  private compare(what: string, memory: unknown, stored: unknown): void {
    const [a, b] = [JSON.stringify(memory), JSON.stringify(stored)];
    if (a !== b) this.faults.push(`${what}: ${a}, stored is ${b}`);
  }
}
