import * as v from 'valibot';
import { canonicalJson } from './definition-digest.ts';
import { Journal } from './journal.ts';
import { RefusedError, type Refusal } from './refused-error.ts';

/** Actions that are remembered; older ones are forgotten first. */
const MAX_ACTIONS = 1000;

const Entry = v.object({
  actionId: v.string(),
  /** Command and input in canonical form: the same id with anything else is a mistake of the caller. */
  what: v.string(),
  /** Missing while the action is being carried out. */
  outcome: v.optional(
    v.union([
      v.strictObject({ refusal: v.custom<Refusal>(isRefusal) }),
      v.strictObject({ result: v.optional(v.unknown()) }),
    ]),
  ),
});
type Entry = v.InferOutput<typeof Entry>;

/**
 * Remembers commands by their id, on disk. An action is written down before it begins and again when it is done, so
 * that a repeat never does anything twice, whatever ended in between.
 */
export class ActionLog {
  readonly #journal: Journal<Entry>;
  /** The one written last comes last. */
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(path: string) {
    this.#journal = new Journal({
      path,
      format: { format: 'pidnap-actions', version: 1 },
      parse: (value) => v.parse(Entry, value),
      known: () => this.#entries.values(),
    });
    this.#journal.replay((entry) => this.#remember(entry));
  }

  /**
   * Carries an action out once. A repeat gets what the first one got, its refusal included; only a shutdown refuses for
   * the moment, and the next pidnap carries the repeat out.
   */
  async once<T>(
    action: { actionId: string; command: string; input: unknown },
    act: () => T | Promise<T>,
  ): Promise<T> {
    const { actionId, command, input } = action;
    const what = canonicalJson({ command, input });
    const known = this.#entries.get(actionId);
    if (known && !wasTooLate(known, what)) return this.#repeat(known, what) as Promise<T>;
    this.#write({ actionId, what });
    const outcome = this.#carryOut(actionId, what, act);
    this.#underWay.set(actionId, outcome);
    try {
      return await outcome;
    } finally {
      this.#underWay.delete(actionId);
    }
  }

  async #carryOut<T>(actionId: string, what: string, act: () => T | Promise<T>): Promise<T> {
    try {
      const result = await act();
      this.#write({ actionId, what, outcome: { result } });
      return result;
    } catch (error) {
      // Other errors are ours, not decisions: what happened is unknown, and the entry says so by having no outcome.
      if (error instanceof RefusedError) this.#write({ actionId, what, outcome: { refusal: error.refusal } });
      throw error;
    }
  }

  async #repeat({ actionId, what: before, outcome }: Entry, what: string): Promise<unknown> {
    if (before !== what) throw new RefusedError({ code: 'ACTION_ID_REUSED', actionId });
    if (!outcome) {
      const underWay = this.#underWay.get(actionId);
      if (underWay) return underWay;
      throw new RefusedError({ code: 'ACTION_INTERRUPTED', actionId });
    }
    if ('refusal' in outcome) throw new RefusedError(outcome.refusal);
    return outcome.result;
  }

  close(): void {
    this.#journal.close();
  }

  /** With a full disk commands still work: they may be what frees it. Memory covers repeats until the next boot. */
  #write(entry: Entry): void {
    this.#remember(entry);
    this.#journal.append([entry], { durable: true });
  }

  #remember(entry: Entry): void {
    this.#entries.delete(entry.actionId);
    this.#entries.set(entry.actionId, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ACTIONS && !oldest.done) this.#entries.delete(oldest.value);
  }
}

/** Nothing was done, by a pidnap that was ending. */
function wasTooLate({ what: before, outcome }: Entry, what: string): boolean {
  return (
    outcome !== undefined &&
    'refusal' in outcome &&
    outcome.refusal.code === 'SHUTTING_DOWN' &&
    before === what
  );
}

function isRefusal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'code' in value;
}
