/** A way between two places, which loses, repeats and delays as a fault has it. */
import type { Scheduled, Timeline } from '../runtime/timeline.ts';
import type { Caller } from '../runtime/turns.ts';
import type { Random } from './random.ts';

/** What goes wrong on a link while a fault lasts; shares are probabilities. */
export type LinkTrouble = {
  /** Messages that never arrive. */
  lost: number;
  /** Messages that are turned away at once. */
  refused: number;
  /** Messages that arrive, and whose answer is lost. */
  answersLost: number;
  /** Messages that arrive twice. */
  repeated: number;
  /** Extra time on the way, at most, in ms: messages overtake each other. */
  slowMs: number;
};

/** The usual time on the way, at most, in ms. */
const USUAL_MS = 40;

/** A repeat comes this much later, at most. */
const LATEST_REPEAT_MS = 20_000;

export class Link {
  trouble: LinkTrouble | null = null;
  private readonly troubles = new Set<Partial<LinkTrouble>>();

  /** Adds a trouble; what is returned takes it away again. */
  disturb(trouble: Partial<LinkTrouble>): () => void {
    this.troubles.add(trouble);
    this.combine();
    return () => {
      this.troubles.delete(trouble);
      this.combine();
    };
  }

  private combine(): void {
    const all = [...this.troubles];
    const worst = (part: keyof LinkTrouble) => Math.max(...all.map((one) => one[part] ?? 0));
    this.trouble =
      all.length === 0
        ? null
        : {
            lost: worst('lost'),
            refused: worst('refused'),
            answersLost: worst('answersLost'),
            repeated: worst('repeated'),
            slowMs: worst('slowMs'),
          };
  }
}

/** A way that nobody built, for machines that were never created. */
export const NOWHERE = new Link();

/** Time that a message needs when nothing is wrong. */
export function usualDelay(random: Random): number {
  return Math.round(2 + random.next() * USUAL_MS);
}

/** A question to a receiver, over links that may fail. */
export type Question<Answer> = {
  links: readonly Link[];
  /** After this long the caller gives up; the message may still arrive. */
  timeoutMs: number;
  /** The message is at its receiver, perhaps for the second time: then nobody listens. */
  arrive: (answer: Caller<Answer> | null) => void;
  /** Nothing came back in time. */
  giveUp: (caller: Caller<Answer>) => void;
};

/** Asks, and tells `caller` exactly once: the answer, the failure, or that none came. */
export function askOver<Answer>(
  parts: { timeline: Timeline; random: Random },
  question: Question<Answer>,
  caller: Caller<Answer>,
): void {
  const { timeline, random } = parts;
  const fate = fateOf(question.links, random);
  const waitMs = fate.isRefused ? usualDelay(random) : question.timeoutMs;
  const deadline = timeline.schedule(timeline.now + waitMs, question.giveUp, caller, null);
  if (fate.arrivesIn === null) return;
  const listener = fate.isAnswered ? new Listener(timeline, deadline, caller) : null;
  timeline.schedule(timeline.now + fate.arrivesIn, question.arrive, listener, null);
  if (fate.repeatedIn !== null)
    timeline.schedule(timeline.now + fate.arrivesIn + fate.repeatedIn, question.arrive, null, null);
}

/** Passes an answer on, unless the caller has given up. */
class Listener<Answer> implements Caller<Answer> {
  private readonly timeline: Timeline;
  private readonly deadline: Scheduled;
  private readonly caller: Caller<Answer>;

  constructor(timeline: Timeline, deadline: Scheduled, caller: Caller<Answer>) {
    this.timeline = timeline;
    this.deadline = deadline;
    this.caller = caller;
  }

  reply(answer: Answer): void {
    if (this.stillWanted()) this.caller.reply(answer);
  }

  fail(failure: Error): void {
    if (this.stillWanted()) this.caller.fail(failure);
  }

  private stillWanted(): boolean {
    if (this.deadline.run === null) return false;
    this.timeline.cancel(this.deadline);
    return true;
  }
}

/** What becomes of one message. Times are from now; an arrival of `null` means that there is none. */
type Fate = {
  arrivesIn: number | null;
  repeatedIn: number | null;
  isAnswered: boolean;
  isRefused: boolean;
};

/** Draws what becomes of a message that takes all of these links. */
function fateOf(links: readonly Link[], random: Random): Fate {
  const fate: Fate = { arrivesIn: usualDelay(random), repeatedIn: null, isAnswered: true, isRefused: false };
  let isLost = false;
  for (const { trouble } of links) {
    if (trouble === null) continue;
    if (trouble.slowMs > 0) fate.arrivesIn = (fate.arrivesIn ?? 0) + random.between(0, trouble.slowMs);
    if (random.chance(trouble.repeated)) fate.repeatedIn = random.between(0, LATEST_REPEAT_MS);
    if (random.chance(trouble.refused)) fate.isRefused = true;
    if (random.chance(trouble.lost)) isLost = true;
    if (random.chance(trouble.answersLost)) fate.isAnswered = false;
  }
  if (isLost || fate.isRefused) fate.arrivesIn = null;
  return fate;
}
