import type { SignalName } from '../contract/primitives.ts';
import type { ProcessRecord, UnmetDependency } from './record.ts';

/**
 * Everything that can happen to a process. Events about a run carry its number: a late answer of an older run is
 * recognised by it and ignored.
 */
export type ProcessEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly reason: 'stop-requested' | 'shutdown' | 'removed' }
  | { readonly type: 'restart'; readonly reason: 'restart-requested' | 'definition-changed' }
  /** The dependencies were looked at; `unmet` are those that do not hold. */
  | { readonly type: 'dependencies'; readonly unmet: readonly UnmetDependency[] }
  | { readonly type: 'spawned'; readonly run: number; readonly pid: number }
  | { readonly type: 'spawn-failed'; readonly run: number; readonly message: string }
  /** The process itself ended; `survivors` of its tree are still there. */
  | {
      readonly type: 'exited';
      readonly run: number;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly survivors: number;
    }
  /** After `watch-tree`: nothing of the run's tree is left. */
  | { readonly type: 'tree-gone'; readonly run: number }
  | { readonly type: 'probed'; readonly run: number; readonly ok: boolean; readonly message: string }
  /** Time has passed; sent at `wakeAt` or later. */
  | { readonly type: 'tick' };

/** What the shell is asked to do. None of them waits: the outcome comes back as an event. */
export type Effect =
  | { readonly type: 'spawn'; readonly run: number }
  /** `group`: the process group. `tree`: every survivor, also those that left the group. */
  | { readonly type: 'signal'; readonly signal: SignalName; readonly scope: 'group' | 'tree' }
  /** SIGKILL to everything of the run's tree. */
  | { readonly type: 'kill-tree' }
  /** Report `tree-gone` once nothing of the tree is left. */
  | { readonly type: 'watch-tree'; readonly run: number }
  | { readonly type: 'probe'; readonly run: number };

/** What one transition gives back. The same record object means: nothing changed. */
export interface Transition {
  readonly record: ProcessRecord;
  readonly effects?: readonly Effect[];
}
