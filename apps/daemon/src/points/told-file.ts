import { ServiceState } from '@fettle/contract/service';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { readJsonFile } from '../disk/machine-files.ts';
import { log } from '../daemon/log.ts';

/** What the control plane has been told about one start of pidnap. */
const Told = v.object({
  /** `bootId` of that pidnap. */
  pidnapBoot: v.string(),
  /** The start-up was told. */
  startup: v.boolean(),
  /** The last state of each process that was told. */
  processes: v.record(v.string(), v.object({ state: ServiceState, runs: v.number() })),
});
export type Told = v.InferOutput<typeof Told>;

/** What an earlier daemon told; `null` when there was none, or when it cannot be read: then all is told anew. */
export function readTold(path: string): Told | null {
  try {
    return readJsonFile(path, Told);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT')
      log('warn', 'What the control plane was told is not known', { error });
    return null;
  }
}

/**
 * Notes what was told; a full disk costs the note, and nothing else. The old file or the new one is there afterwards. It
 * need not reach the disk: after a power cut pidnap has a new start, and the note is about none that exists.
 */
export function writeTold(path: string, told: Told): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, `${JSON.stringify(told)}\n`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    log('warn', 'What the control plane was told is not noted', { error });
  }
}
