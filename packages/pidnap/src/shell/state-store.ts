import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessRecord } from '../core/record.ts';
import { isErrno } from './process-table.ts';

const StoredOverride = v.object({
  baseDigest: v.nullable(v.string()),
  definition: v.nullable(ProcessDefinition),
});

const StoredState = v.object({
  version: v.literal(1),
  instanceId: v.string(),
  overrides: v.record(v.string(), StoredOverride),
  // Records are written by this program alone; a file of another version is refused by `version`.
  records: v.record(
    v.string(),
    v.custom<ProcessRecord>((value) => typeof value === 'object' && value !== null && 'phase' in value),
  ),
});
export type StoredState = v.InferOutput<typeof StoredState>;

/** What pidnap remembers over its own end: one JSON file, replaced as a whole. */
export class StateStore {
  readonly #path: string;
  #failing = false;

  constructor(stateDir: string) {
    this.#path = join(stateDir, 'state.json');
  }

  /**
   * The state of the boot before; a new one, with a new instance id, when there is none. A broken file is set aside and
   * said aloud: a machine without supervisor is worse than one that forgot what was added to it.
   */
  load(): StoredState {
    try {
      return v.parse(StoredState, JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) {
        console.error(
          `pidnap: ${this.#path} is broken and set aside as ${this.#path}.broken: ${String(error)}`,
        );
        renameSync(this.#path, `${this.#path}.broken`);
      }
      return { version: 1, instanceId: randomUUID(), overrides: {}, records: {} };
    }
  }

  /**
   * On disk when this returns: written aside, flushed, then renamed, so a crash leaves the old file or the new one. A
   * full or broken disk is said aloud once and does not stop the supervision; the next change tries again.
   */
  save(state: StoredState): void {
    try {
      this.#write(state);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) console.error(`pidnap: cannot write ${this.#path}: ${String(error)}`);
      this.#failing = true;
    }
  }

  #write(state: StoredState): void {
    const aside = `${this.#path}.new`;
    const file = openSync(aside, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(state));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, this.#path);
  }
}
