import type { Timeline } from './timeline.ts';

/** Whoever waits for an answer. It takes the first answer or failure and ignores what comes after. */
export interface Caller<Reply> {
  reply(answer: Reply): void;
  fail(failure: Error): void;
}

/** A wait for something outside the object. */
export interface Wait<Reply> {
  /** Names it for crash points. */
  readonly label: string;
  /** Sends the question. The runtime calls it once everything that was written before is durable. */
  begin(caller: Caller<Reply>): void;
}

/**
 * A method in turns: what runs between two waits is one turn, which nothing interrupts and whose writes are one
 * transaction. An answer is the value of the `yield`; a failure is thrown there.
 */
export type Turns<Result> = Generator<Wait<unknown>, Result, unknown>;

/** Waits for an answer of the type that the question promises: `yield* ask(...)`. */
export function* ask<Reply>(wait: Wait<Reply>): Generator<Wait<unknown>, Reply, unknown> {
  return (yield wait as Wait<unknown>) as Reply;
}

/** A timer: other events of the object are let in while it runs. */
export function pause(timeline: Timeline, ms: number): Wait<null> {
  return {
    label: 'pause',
    begin: (caller) => {
      timeline.schedule(timeline.now + ms, answerPause, caller, null);
    },
  };
}

function answerPause(caller: Caller<null>): void {
  caller.reply(null);
}
