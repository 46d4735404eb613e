/** What Daytona's states mean to us. Pure. */
import type { ProviderState } from '@fettle/contract';
import type { Sandbox } from './sandbox.ts';

/** `as-desired`: Daytona is busy with the sandbox, and leaves it in the state that was asked for before. */
type Meaning = ProviderState | 'as-desired';

/** All 22 states of API v0.205.1. */
const MEANINGS: Record<string, Meaning> = {
  pending_build: 'creating',
  building_snapshot: 'creating',
  pulling_snapshot: 'creating',
  creating: 'creating',
  restoring: 'starting',
  starting: 'starting',
  resuming: 'starting',
  started: 'running',
  stopping: 'stopping',
  pausing: 'stopping',
  // Both are started like one that is stopped; archiving is not waited for.
  archiving: 'stopped',
  archived: 'stopped',
  stopped: 'stopped',
  paused: 'paused',
  // It does not run, and a start recovers it where Daytona says that it can be. `trouble` says what is wrong.
  error: 'stopped',
  build_failed: 'stopped',
  resizing: 'as-desired',
  snapshotting: 'as-desired',
  forking: 'as-desired',
  destroying: 'stopping',
  destroyed: 'absent',
  unknown: 'unknown',
};

/** The state of a sandbox; one that a later release of Daytona has invented is unknown. */
export function stateOf({ state, desiredState }: Pick<Sandbox, 'state' | 'desiredState'>): ProviderState {
  const meaning = Object.hasOwn(MEANINGS, state) ? (MEANINGS[state] ?? 'unknown') : 'unknown';
  if (meaning !== 'as-desired') return meaning;
  return desiredState === 'started' ? 'running' : desiredState === 'stopped' ? 'stopped' : 'unknown';
}
