import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import * as v from 'valibot';
import { canonicalJson } from './definition-digest.ts';
import { isErrno } from './process-table.ts';
import { RefusedError, type Refusal } from './refused-error.ts';

/** Actions that are remembered; older ones are forgotten first. */
const MAX_ACTIONS = 1000;

const Entry = v.object({
  actionId: v.string(),
  /** Command and input in canonical form: the same id with anything else is a mistake of the caller. */
  what: v.string(),
  /** Missing while the action is being carried out. */
  outcome: v.optional(
    v.union([v.object({ result: v.unknown() }), v.object({ refusal: v.custom<Refusal>(isRefusal) })]),
  ),
});
type Entry = v.InferOutput<typeof Entry>;

/**
 * Remembers commands by their id, on disk. An action is written down before it begins and again when it is done, so
 * that a repeat never does anything twice, whatever ended in between.
 */
export class ActionLog {
  readonly #path: string;
  readonly #entries: Map<string, Entry>;
  readonly #underWay = new Map<string, Promise<unknown>>();
  #file: number | null = null;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
    this.#entries = readEntries(path);
    this.#rewrite();
  }

  /** Carries an action out once. A repeat gets what the first one got, its refusal included. */
  async once<T>(
    action: { actionId: string; command: string; input: unknown },
    act: () => T | Promise<T>,
  ): Promise<T> {
    const { actionId, command, input } = action;
    const what = canonicalJson({ command, input });
    const known = this.#entries.get(actionId);
    if (known) return this.#repeat(known, what) as Promise<T>;
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

  #write(entry: Entry): void {
    this.#entries.delete(entry.actionId);
    this.#entries.set(entry.actionId, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ACTIONS && !oldest.done) this.#entries.delete(oldest.value);
    try {
      this.#file ??= openSync(this.#path, 'a', 0o600);
      writeSync(this.#file, `${JSON.stringify(entry)}\n`);
      fsyncSync(this.#file);
      this.#lines += 1;
      if (this.#lines > 4 * MAX_ACTIONS) this.#rewrite();
    } catch (error) {
      // With a full disk commands must still work: they may be what frees it. Memory covers repeats until the next boot.
      console.error(`pidnap: cannot write ${this.#path}: ${String(error)}`);
    }
  }

  /** Leaves one line per action that is still remembered. */
  #rewrite(): void {
    if (this.#file !== null) closeSync(this.#file);
    const aside = `${this.#path}.new`;
    const file = openSync(aside, 'w', 0o600);
    for (const entry of this.#entries.values()) writeSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
    renameSync(aside, this.#path);
    this.#file = file;
    this.#lines = this.#entries.size;
  }
}

function readEntries(path: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const line of readLines(path)) {
    const entry = parseEntry(line);
    if (!entry) continue;
    entries.delete(entry.actionId);
    entries.set(entry.actionId, entry);
  }
  return new Map([...entries].slice(-MAX_ACTIONS));
}

/** Null for a line that a crash cut off in the middle: its action had not begun, or its outcome is not known. */
function parseEntry(line: string): Entry | null {
  try {
    return v.parse(Entry, JSON.parse(line));
  } catch (error) {
    if (error instanceof SyntaxError || v.isValiError(error)) return null;
    throw error;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function isRefusal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'code' in value;
}
