import { statSync } from 'node:fs';
import { steadyNow } from './clock.ts';
import type { ProbeAnswer } from './probe.ts';
import { isErrno } from './process-table.ts';

/** Remembers when a sign of life was last seen, on a clock that does not jump. */
export class Freshness {
  readonly #maxAgeMs: number | undefined;
  #seenAt: number | null = null;

  /** Without `maxAgeMs`, one sign is enough for ever. */
  constructor(maxAgeMs: number | undefined) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** A sign was seen, `ageMs` ago. Never goes back behind a newer one. */
  seen(ageMs = 0): void {
    this.#seenAt = Math.max(this.#seenAt ?? -Infinity, steadyNow() - ageMs);
  }

  /** What a check says now; `what` is how its messages call the sign, e.g. "a matching line". */
  answer(what: string): ProbeAnswer {
    if (this.#seenAt === null) return { ok: false, message: `${what} has not been seen in this run` };
    const age = steadyNow() - this.#seenAt;
    if (this.#maxAgeMs === undefined || age <= this.#maxAgeMs)
      return { ok: true, message: `${what} was seen` };
    return { ok: false, message: `${what} was last seen ${age} ms ago, more than ${this.#maxAgeMs} ms` };
  }
}

/** Looks whether a file changes. What it says of its own time is only compared with itself: clocks may be set. */
export class Heartbeat {
  readonly #path: string;
  readonly #freshness: Freshness;
  #stamp: number | null;

  /**
   * Begins now: a file that an earlier run left does not count until it changes. `trusted`: the file counts as changed
   * now, because it is known to have been before.
   */
  constructor({ path, maxAgeMs, trusted }: { path: string; maxAgeMs: number; trusted: boolean }) {
    this.#path = path;
    this.#freshness = new Freshness(maxAgeMs);
    if (trusted) this.#freshness.seen();
    this.#stamp = stampOf(path);
  }

  answer(): ProbeAnswer {
    try {
      const stamp = stampOf(this.#path);
      if (stamp !== this.#stamp && stamp !== null) this.#freshness.seen();
      this.#stamp = stamp;
    } catch (error) {
      return { ok: false, message: String(error) };
    }
    return this.#freshness.answer(`a change of ${this.#path}`);
  }
}

/** Null: there is no such file. */
function stampOf(path: string): number | null {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}
