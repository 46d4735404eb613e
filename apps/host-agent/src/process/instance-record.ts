import { Timestamp } from '@fettle/contract/ids';
import * as v from 'valibot';
import { readIfPresent, writeDurably } from '../disk/durable-file.ts';

/** The last run of a machine's main process. */
export const InstanceRecord = v.object({
  format: v.literal(1),
  pid: v.number(),
  startMark: v.string(),
  startedAt: Timestamp,
  /** Exit code, 128 + signal when a signal ended it; `null` while it runs and when nobody saw the end. */
  exitCode: v.nullable(v.number()),
});
export type InstanceRecord = v.InferOutput<typeof InstanceRecord>;

/** Reads the last run; `null` when there was none or its record is damaged (processes are then found by their mark). */
export async function readInstance(path: string): Promise<InstanceRecord | null> {
  const text = await readIfPresent(path);
  if (text === null) return null;
  try {
    return v.parse(InstanceRecord, JSON.parse(text));
  } catch {
    // A damaged record tells nothing that the marks in the process table do not tell as well.
    return null;
  }
}

/** Writes the last run durably. */
export async function writeInstance(path: string, record: InstanceRecord): Promise<void> {
  await writeDurably(path, `${JSON.stringify(record)}\n`);
}

/** Changes with every new process tree of a machine. */
export function instanceIdOf({ pid, startMark }: { pid: number; startMark: string }): string {
  return `process-${pid}-${startMark.replaceAll(/\W+/g, '-')}`;
}
