import { rememberIn } from '../bounded-memory.ts';

/** When a call may go on: after `waitMs`, 0 being now. Or not at all: it may come again after `retryMs`. */
export type Admission = { ok: true; waitMs: number } | { ok: false; retryMs: number };

/** So many calls of each caller within any such time, in milliseconds. */
export type Allowance = { calls: number; withinMs: number };

/** Nobody waits this long: a turn that is farther away is from before the clock was set back. */
const FARTHEST_TURN_MS = 10_000;

/**
 * Counts calls by caller, in memory. There are never more than `calls` of one caller within any `withinMs`, wherever it
 * begins, and what one does says nothing of others. A call that is refused does not count. Knows `mostCallers`; whoever
 * called longest ago is forgotten first.
 */
export class CallWindow {
  private readonly allowance: Allowance;
  private readonly mostCallers: number;
  /** When the last calls of each caller went on, or will: the oldest first. */
  private readonly turns = new Map<string, number[]>();

  constructor(allowance: Allowance, mostCallers: number) {
    this.allowance = allowance;
    this.mostCallers = mostCallers;
  }

  /** Takes a place for a call at `now`, in Unix milliseconds, that is ready to wait `patienceMs`. */
  admit(caller: string, now: number, patienceMs = 0): Admission {
    const { calls, withinMs } = this.allowance;
    const known = this.turns.get(caller) ?? [];
    const turns = known.filter((turn) => turn <= now + FARTHEST_TURN_MS);
    const oldest = turns.length < calls ? undefined : turns[turns.length - calls];
    const turn = oldest === undefined ? now : Math.max(now, oldest + withinMs);
    const waitMs = turn - now;
    if (waitMs > patienceMs) return { ok: false, retryMs: waitMs };
    turns.push(now + waitMs);
    if (turns.length > calls) turns.shift();
    rememberIn(this.turns, caller, turns, this.mostCallers);
    return { ok: true, waitMs };
  }
}
