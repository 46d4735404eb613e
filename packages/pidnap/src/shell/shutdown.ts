import { stopWaves } from '../core/dependency-graph.ts';
import { hasEnded } from '../core/record.ts';
import type { Supervisor } from './supervisor.ts';

/** A wave that is not through this long after its grace is left behind: nothing more can be done about it. */
const LEAVE_BEHIND_MS = 10_000;

/** Stops everything, dependants before what they depend on. True when nothing is left. */
export async function shutDown(supervisor: Supervisor): Promise<boolean> {
  supervisor.holdStarts();
  let clean = true;
  for (const wave of stopWaves(supervisor.nodes())) {
    const processes = wave.flatMap((name) => supervisor.processes.get(name) ?? []);
    for (const process of processes) supervisor.endForShutdown(process);
    const grace = Math.max(0, ...processes.map(({ definition }) => definition.stop.graceMs));
    const through = (): boolean => processes.every(({ record }) => hasEnded(record));
    if (!through())
      clean = (await supervisor.events.until(through, AbortSignal.timeout(grace + LEAVE_BEHIND_MS))) && clean;
  }
  supervisor.events.close();
  await Promise.all([...supervisor.processes.values()].map((process) => process.close()));
  return clean;
}

/** Ends every tree without grace. */
export function killEverything(supervisor: Supervisor): void {
  for (const process of supervisor.processes.values()) process.perform({ type: 'kill-tree' });
}
