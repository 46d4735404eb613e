import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fleetFolder } from '../connection/fleet-state.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { readHolder, takeFleetLock } from './fleet-lock.ts';
import { endLeftovers } from './run-record.ts';
import { runStep } from './run-step.ts';

/**
 * Forgets a fleet: what runs of it is ended, its machines, volumes and networks are removed, then its folder. Throws
 * `alreadyRunning` while a start or a drill holds it. Repeating it does nothing.
 */
export async function resetFleet(state: string, signal: AbortSignal): Promise<void> {
  const folder = fleetFolder(state);
  const isThere = await stat(folder.root).then(
    () => true,
    () => false,
  );
  // Machines can be there although the folder is not: the host-agent finds its own by the folder's path.
  using lock = isThere ? takeFleetLock(folder) : null;
  if (isThere && lock === null) {
    const holder = await readHolder(folder);
    const who = holder === null ? '' : ` (pid ${holder.pid})`;
    throw new CliFailure(EXIT.alreadyRunning, `the fleet in ${state} runs${who}`, {
      hint: 'end it with Ctrl-C first',
    });
  }
  if (isThere) await endLeftovers(folder);
  await runStep(['apps/host-agent/src/main.ts', 'reset', '--state', folder.host], signal);
  await rm(folder.root, { recursive: true, force: true, maxRetries: 5 });
}

/** State folder of the drill's own fleet, inside that of the fleet it goes with. */
export function drillFolder(state: string): string {
  return path.join(state, 'drill');
}
