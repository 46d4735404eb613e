import { setTimeout as pause } from 'node:timers/promises';
import type { FleetFolder } from '../connection/fleet-state.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { readHolder, takeFleetLock } from './fleet-lock.ts';

/** A warden whose owner was killed needs a moment to notice, and then parks its machines. */
const NOTICE_MS = 2_000;
const STOPPING_LIMIT_MS = 45_000;
const POLL_MS = 200;

/**
 * Takes the state folder. Waits for a holder that is stopping; throws, naming its pid and address, when one runs.
 * `null` when `stopping` fires meanwhile.
 */
export async function takeFolder(folder: FleetFolder, stopping: AbortSignal): Promise<Disposable | null> {
  const startedAt = Date.now();
  while (!stopping.aborted) {
    const lock = takeFleetLock(folder);
    if (lock !== null) return lock;
    const holder = await readHolder(folder);
    const limit = holder?.phase === 'stopping' ? STOPPING_LIMIT_MS : NOTICE_MS;
    if (Date.now() - startedAt > limit) {
      const who =
        holder === null
          ? 'another process'
          : `pid ${holder.pid}${holder.url === null ? '' : `, ${holder.url}`}`;
      throw new CliFailure(EXIT.alreadyRunning, `this fleet runs already (${who})`, {
        hint: 'look at it with `npm run fettle -- machines`, end it with Ctrl-C where it runs, or use --state DIR',
      });
    }
    await pause(POLL_MS);
  }
  return null;
}
