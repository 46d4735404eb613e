import type { WirePoint } from '../core/data-point.ts';
import { MAX_POINTS_PER_INVOCATION } from '../core/limits.ts';
import type { Engine } from './send.ts';

/** How many invocations with nothing left to send are remembered, for the count of their points. */
const MAX_IDLE = 4;

/** What is not sent after this long never is: the invocation was ended, as a Durable Object that aborts itself is. */
const MAX_GATHERING_MS = 1000;

/** Newest use first. */
let known: Invocation[] = [];

/** One invocation of the Worker, or one Durable Object: all its events run in one I/O context. */
export class Invocation {
  /** What was written and is not sent yet. */
  readonly gathered = new Map<Engine, WirePoint[]>();
  /** False as long as it may be a Durable Object, whose events cannot be told apart. */
  isRequest = false;
  #written = 0;
  #writtenAt = 0;
  // Never used as what it is. It belongs to the context that made it: anyone else who looks at its state gets an error.
  readonly #mark = new WebSocketPair()[0];

  /**
   * Counts one data point. Throws what production throws when an invocation writes too many. In a Durable Object the
   * count begins anew after every wait, for what runs then may be another event.
   */
  count(): void {
    if (this.#written === MAX_POINTS_PER_INVOCATION)
      throw new Error('Analytics Engine write limit exceeded.');
    if (this.#written === 0 && !this.isRequest) {
      queueMicrotask(() => {
        this.#written = 0;
      });
    }
    this.#written += 1;
    this.#writtenAt = Date.now();
  }

  /** Whether it is still to send something. */
  isGathering(): boolean {
    return this.gathered.size > 0 && Date.now() - this.#writtenAt < MAX_GATHERING_MS;
  }

  /** `here` when this code runs in it; else the kind of context that this code runs in. */
  locate(): 'here' | 'request' | 'object' {
    try {
      return this.#mark.readyState === WebSocket.OPEN ? 'here' : 'request';
    } catch (error) {
      // "Cannot perform I/O on behalf of a different Durable Object" or "... a different request"
      return String(error).includes('different Durable Object') ? 'object' : 'request';
    }
  }
}

/** The invocation that this code runs in. */
export function findInvocation(): Invocation {
  let kind: 'request' | 'object' = 'object';
  for (const [i, invocation] of known.entries()) {
    const place = invocation.locate();
    if (place !== 'here') {
      kind = place;
      continue;
    }
    if (i > 0) remember(invocation);
    return invocation;
  }
  const invocation = new Invocation();
  invocation.isRequest = kind === 'request';
  remember(invocation);
  return invocation;
}

function remember(newest: Invocation): void {
  let idle = 0;
  const others = known.filter((other) => other !== newest);
  known = [newest, ...others.filter((other) => other.isGathering() || (idle += 1) <= MAX_IDLE)];
}
