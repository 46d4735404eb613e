import { oneShotSequence } from '@fettle/core/version-change';
import { createPidnapClient, type PidnapClient } from '@fettle/pidnap/client';
import { ORPCError } from '@orpc/client';
import type { DiskLayout } from '../disk/layout.ts';
import { VersionChangeError } from './version-change-error.ts';

const CALL_TIMEOUT_MS = 10_000;
const APPLY_TASKS_KEPT = 5;

/** Asks pidnap to restart processes, in order, each at most once for this action. */
export async function restartProcesses({
  disk,
  processes,
  action,
}: {
  disk: DiskLayout;
  processes: readonly string[];
  action: string;
}): Promise<void> {
  if (processes.length === 0) return;
  const pidnap = createPidnapClient({ socketPath: disk.pidnapSocket });
  for (const name of processes) {
    try {
      await pidnap.restart({ name, actionId: `${action}/${name}` }, deadline());
    } catch (error) {
      if (error instanceof ORPCError && error.code === 'PROCESS_NOT_FOUND') {
        console.error(`pidnap knows no process ${name}; there is nothing to restart`);
        continue;
      }
      const message = `pidnap did not restart ${name}: ${error instanceof Error ? error.message : String(error)}`;
      throw new VersionChangeError(
        { step: 'restart', code: 'PIDNAP_UNREACHABLE', message },
        { cause: error },
      );
    }
  }
}

/** Forgets old version changes and restores under pidnap, so that their number does not grow for ever. The newest ones stay. */
export async function forgetOldApplyTasks(disk: DiskLayout): Promise<void> {
  const pidnap = createPidnapClient({ socketPath: disk.pidnapSocket });
  try {
    for (const name of await oldApplyTasks(pidnap)) await pidnap.remove({ name }, deadline());
  } catch (error) {
    console.error(`Old version changes stay known for now: ${String(error)}`);
  }
}

async function oldApplyTasks(pidnap: PidnapClient): Promise<string[]> {
  const ended = (await pidnap.list(undefined, deadline())).filter(
    ({ name, state }) =>
      oneShotSequence(name) !== null && (state === 'completed' || state === 'failed' || state === 'stopped'),
  );
  const newestFirst = ended.toSorted(
    (a, b) => (oneShotSequence(b.name) ?? 0) - (oneShotSequence(a.name) ?? 0),
  );
  return newestFirst.slice(APPLY_TASKS_KEPT).map(({ name }) => name);
}

function deadline(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
}
