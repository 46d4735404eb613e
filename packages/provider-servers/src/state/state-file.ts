import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

/** What a server remembers, in one file that is always whole. */
export interface StateFile<State> {
  /** The present state, to read. */
  readonly state: State;
  /** Changes the state and resolves when it is on the disk. What throws changes nothing. */
  change<T>(work: (state: State) => T): T;
  /** Changes what may be lost in a crash; it is written with the next change. */
  note(work: (state: State) => void): void;
}

/**
 * Opens the state of a server, or begins one with `empty`. Throws when the file holds something else. The file can hold
 * credentials of machines: nobody else may read it.
 */
export function openStateFile<State>(
  folder: string,
  schema: v.GenericSchema<unknown, State>,
  empty: State,
): StateFile<State> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'state.json');
  let state = read(file, schema) ?? empty;
  return {
    get state() {
      return state;
    },
    change(work) {
      const next = structuredClone(state);
      const result = work(next);
      write(file, JSON.stringify(next));
      state = next;
      return result;
    },
    note: (work) => work(state),
  };
}

function read<State>(file: string, schema: v.GenericSchema<unknown, State>): State | null {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(
    `${file} is not what this version keeps: ${v.getDotPath(issue) ?? 'file'}: ${issue.message}`,
  );
}

function write(file: string, text: string): void {
  const beside = `${file}.new`;
  const handle = openSync(beside, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
}
