/** A disk that fails again and again is not mentioned more often than this. */
const COMPLAINT_MS = 60_000;

/** Counts the lines that a log could not keep, and tells of them: once when it begins, once when it is over. */
export class LostLines {
  readonly #dir: string;
  #count = 0;
  #complained = false;
  #complainedAt = -Infinity;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Lines that the log itself does not tell of yet. */
  get count(): number {
    return this.#count;
  }

  add(lines: number): void {
    this.#count += lines;
  }

  /** Says why lines are lost, unless that was said already. */
  complain(error: unknown): void {
    const now = performance.now();
    if (this.#complained || now - this.#complainedAt < COMPLAINT_MS) return;
    this.#complained = true;
    this.#complainedAt = now;
    console.error(`pidnap: cannot write the log ${this.#dir}, lines are lost: ${String(error)}`);
  }

  /** The log tells of so many of them now: it could be written. */
  told(lines: number): void {
    this.#count -= lines;
    if (!this.#complained || lines === 0) return;
    this.#complained = false;
    console.error(`pidnap: the log ${this.#dir} works again, ${lines} lines were lost`);
  }
}
