import { DISK_FULL_EXIT_CODE } from '@fettle/contract';
import { applySequence, type ChangeProgress } from '@fettle/core';
import type { PidnapClient } from '@fettle/pidnap/client';
import type { ProcessView } from '@fettle/pidnap/contract';
import { lastWords } from './last-words.ts';

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
  const reason = newest?.status === 'failed' ? await lastWords({ ...input, name: newest.name }) : null;
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
