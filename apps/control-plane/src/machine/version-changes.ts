import { DISK_FULL_EXIT_CODE, VersionChangeResultLine } from '@fettle/contract';
import { applySequence, type ChangeProgress } from '@fettle/core';
import type { PidnapClient } from '@fettle/pidnap/client';
import type { ProcessView } from '@fettle/pidnap/contract';
import * as v from 'valibot';
import { withTimeLimit } from '../time-limit.ts';

/** The result line is the last thing that a version change prints; pidnap may add a note of its own behind it. */
const TAIL = 5;

type Change = ChangeProgress & { name: string; sequence: number };

/**
 * The version changes that pidnap runs or ran, by their action ids. Of the newest one that failed, its own words are
 * fetched: its exit code alone would tell nobody why.
 */
export async function readChanges(input: {
  machineId: string;
  processes: readonly ProcessView[];
  pidnap: PidnapClient;
  timeoutMs: number;
}): Promise<ChangeProgress[]> {
  const changes = input.processes.flatMap((process) => changeOf(input.machineId, process));
  const newest = changes.toSorted((a, b) => b.sequence - a.sequence)[0];
  const reason = newest?.status === 'failed' ? await readReason(newest.name, input) : null;
  return changes.map(({ actionId, status, message, name }) => ({
    actionId,
    status,
    message: reason !== null && name === newest?.name ? reason : message,
  }));
}

function changeOf(machineId: string, process: ProcessView): Change[] {
  const { name, state, exitCode } = process;
  const sequence = applySequence(name);
  if (sequence === null) return [];
  const status = state === 'completed' ? 'done' : state === 'failed' ? 'failed' : 'running';
  // Of a full disk nobody may have been able to keep any words.
  const message = exitCode === DISK_FULL_EXIT_CODE ? 'the disk of the machine is full' : process.message;
  return [{ name, sequence, actionId: `${machineId}/${sequence}`, status, message }];
}

async function readReason(
  name: string,
  { pidnap, timeoutMs }: { pidnap: PidnapClient; timeoutMs: number },
): Promise<string | null> {
  try {
    const { lines } = await withTimeLimit(timeoutMs, (signal) =>
      pidnap.logs({ name, tail: TAIL }, { signal }),
    );
    for (const { text } of lines.toReversed()) {
      const result = v.safeParse(VersionChangeResultLine, text);
      if (result.success && !result.output.ok) return `${result.output.step}: ${result.output.message}`;
    }
    return null;
  } catch {
    // Only the words are missing: that the change failed is known without them.
    return null;
  }
}
