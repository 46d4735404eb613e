import type { CallFailure } from './call-failure.ts';
import type { Instance } from './instance.ts';
import type { Caller, Turns, Wait } from './turns.ts';

/** Who runs invocations, and is told what became of them. */
export interface InvocationOwner {
  /**
   * Ends a turn: makes its writes durable, and offers the crash points around that. A failure when the instance did not
   * survive it; callers of its invocations know then.
   */
  endTurn(instance: Instance<unknown>, label: string): CallFailure | null;
  /** Offers a crash point. A failure when the instance did not survive it. */
  crashAt(
    instance: Instance<unknown>,
    side: 'after-send' | 'before-answer',
    label: string,
  ): CallFailure | null;
  returned(invocation: Invocation, result: unknown): void;
  threw(invocation: Invocation, error: unknown): void;
}

/** A method of an instance that is under way. */
export class Invocation {
  readonly instance: Instance<unknown>;
  readonly method: string;
  /** `null` for the alarm's handler, and for calls whose answer nobody wants. */
  readonly caller: Caller<unknown> | null;
  private readonly owner: InvocationOwner;
  private readonly turns: Turns<unknown>;

  constructor(
    owner: InvocationOwner,
    instance: Instance<unknown>,
    method: string,
    turns: Turns<unknown>,
    caller: Caller<unknown> | null,
  ) {
    this.owner = owner;
    this.instance = instance;
    this.method = method;
    this.turns = turns;
    this.caller = caller;
  }

  /** Runs the first turn, and those after it until one has to wait. */
  start(): void {
    this.run(null);
  }

  /** Goes on with an answer that came while it waited. */
  resume(answer: Answer): void {
    if (this.instance.standing === 'gone') return;
    if (this.owner.crashAt(this.instance, 'before-answer', answer.label) !== null) return;
    this.run(answer);
  }

  private run(first: Answer | null): void {
    let answer = first;
    for (;;) {
      let step: IteratorResult<Wait<unknown>, unknown>;
      try {
        step =
          answer !== null && answer.failure !== null
            ? this.turns.throw(answer.failure)
            : this.turns.next(answer?.value);
      } catch (error) {
        if (this.owner.endTurn(this.instance, this.method) === null) this.owner.threw(this, error);
        return;
      }
      if (step.done === true) {
        if (this.owner.endTurn(this.instance, this.method) === null) this.owner.returned(this, step.value);
        return;
      }
      const wait = step.value;
      if (this.owner.endTurn(this.instance, wait.label) !== null) return;
      answer = new Answer(this, wait.label);
      wait.begin(answer);
      // The receiver may have ended the process.
      if (this.instance.standing === 'gone') return;
      if (this.owner.crashAt(this.instance, 'after-send', wait.label) !== null) return;
      answer.sent = true;
      if (!answer.settled) return;
      if (this.owner.crashAt(this.instance, 'before-answer', wait.label) !== null) return;
    }
  }
}

/** The place for the answer of one wait. */
class Answer implements Caller<unknown> {
  readonly label: string;
  value: unknown = undefined;
  failure: Error | null = null;
  settled = false;
  /** The question has left; until then an answer is taken by whoever sends it. */
  sent = false;
  private readonly invocation: Invocation;

  constructor(invocation: Invocation, label: string) {
    this.invocation = invocation;
    this.label = label;
  }

  reply(value: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.value = value;
    if (this.sent) this.invocation.resume(this);
  }

  fail(failure: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.failure = failure;
    if (this.sent) this.invocation.resume(this);
  }
}
