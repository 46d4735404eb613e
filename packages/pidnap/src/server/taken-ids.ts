/** The most that are remembered: 16 requests a second over the whole time that a signature can be used. */
const CAPACITY = 10_000;

/** Remembers what was taken for as long as it could come again. Bounded: when it is full, nothing more is taken. */
export class TakenIds {
  readonly #until = new Map<string, number>();

  /** Takes an id that can be used until `until`. Both times are milliseconds of one clock. */
  take(id: string, until: number, now: number): 'taken' | 'repeated' | 'full' {
    if (this.#until.has(id)) return 'repeated';
    if (this.#until.size >= CAPACITY) this.#forget(now);
    if (this.#until.size >= CAPACITY) return 'full';
    this.#until.set(id, until);
    return 'taken';
  }

  #forget(now: number): void {
    for (const [id, until] of this.#until) if (until < now) this.#until.delete(id);
  }
}
