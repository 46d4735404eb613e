import type { PidnapClient } from '../client.ts';
import type { ProcessView } from '../contract.ts';

/** How a process stands to what is waited for. `never`: it cannot come without a command. */
export type Standing = 'reached' | 'not yet' | 'never';

/**
 * Follows one process until it stands where it should, cannot get there, or the time is over. Gives back the process
 * as it was last seen, null when it is gone.
 */
export async function waitFor(
  client: PidnapClient,
  { name, timeoutMs, stands }: { name: string; timeoutMs: number; stands: (view: ProcessView) => Standing },
): Promise<{ reached: boolean; view: ProcessView | null }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let view: ProcessView | null = null;
  try {
    for await (const event of await client.events({ name }, { signal: deadline })) {
      if (event.type === 'state' && event.to === null) return { reached: false, view: null };
      view = event.type === 'snapshot' ? (event.processes[0] ?? null) : event.process;
      const standing = view === null ? 'never' : stands(view);
      if (standing !== 'not yet') return { reached: standing === 'reached', view };
    }
  } catch (error) {
    if (!deadline.aborted) throw error;
  }
  return { reached: false, view };
}

/**
 * Up as far as it can be: healthy where health is checked, completed where it ends by itself, waiting for its next time
 * where it has a schedule. Runs up to `afterRun` are those from before the command.
 */
export function standsUp({ state, runs, definition, health }: ProcessView, afterRun: number): Standing {
  if (state === 'failed' || state === 'stopped') return 'never';
  if (runs <= afterRun) return 'not yet';
  if (state === 'completed' || state === 'scheduled') return 'reached';
  const isWell = !definition.health || health.status === 'healthy';
  return state === 'running' && definition.restart !== 'never' && isWell ? 'reached' : 'not yet';
}

/** The last run from before a start or restart, by the state that the command led to. */
export function lastRunBefore({ state, runs }: ProcessView): number {
  return state === 'running' || state === 'starting' ? runs - 1 : runs;
}

/** Ended, whatever the way. */
export function standsDown({ state }: ProcessView): Standing {
  return state === 'stopped' || state === 'completed' || state === 'failed' ? 'reached' : 'not yet';
}
