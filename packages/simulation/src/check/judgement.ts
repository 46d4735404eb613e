/** What a check finds. A check whose premise was never true is no evidence, so that is told apart. */

/** The premise is not true here: there was nothing to check. */
export const IDLE = 0;
/** There was something to check, and it holds. */
export const HOLDS = 1;

/** `IDLE`, `HOLDS`, or a sentence that says how it is broken. */
export type Judgement = typeof IDLE | typeof HOLDS | string;

/** `HOLDS`, or the sentence. */
export function holdsUnless(broken: boolean, sentence: () => string): Judgement {
  return broken ? sentence() : HOLDS;
}

/** What must hold does not. Ends a run. */
export class Violation extends Error {
  readonly invariant: string;
  /** Milliseconds after the start of the world. */
  readonly at: number;

  constructor(invariant: string, sentence: string, at: number) {
    super(`${invariant}: ${sentence}`);
    this.name = 'Violation';
    this.invariant = invariant;
    this.at = at;
  }
}

/** How often every invariant was checked, and how often its premise was true. */
export class Tally {
  private readonly counts = new Map<string, { checked: number; worked: number }>();

  /** A place to count one invariant. */
  of(invariant: string): { checked: number; worked: number } {
    const known = this.counts.get(invariant) ?? { checked: 0, worked: 0 };
    this.counts.set(invariant, known);
    return known;
  }

  entries(): [string, { checked: number; worked: number }][] {
    return [...this.counts];
  }

  add(entries: readonly [string, { checked: number; worked: number }][]): void {
    for (const [invariant, { checked, worked }] of entries) {
      const mine = this.of(invariant);
      mine.checked += checked;
      mine.worked += worked;
    }
  }
}
