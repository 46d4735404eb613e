import type { ProcessDefinition } from '../contract/definition.ts';
import type { SignalName } from '../contract/primitives.ts';
import type { ProcessRecord, UnmetDependency } from './record.ts';

/**
 * Everything that can happen to a process. Events about a run carry its number: a late answer of an older run is
 * recognised by it and ignored.
 */
export type ProcessEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly reason: 'stop-requested' | 'shutdown' | 'removed' }
  /**
   * `restart-requested` means a new run from any state. `definition-changed` leaves alone what is wanted down and what
   * waits for its schedule. `environment-changed` concerns only what is up.
   */
  | {
      readonly type: 'restart';
      readonly reason: 'restart-requested' | 'definition-changed' | 'environment-changed';
    }
  /**
   * The definition was replaced; the policy of the step is the new one. All that is to be said about a change of any
   * kind: starts anew what was started with something else, switches the schedule on or off, arms a changed check.
   */
  | { readonly type: 'redefined'; readonly previous: ProcessDefinition }
  /**
   * The dependencies were looked at; `unmet` are those that do not hold. Sent to what waits to start, and to what runs
   * and has a dependency with `whenLost: "restart"`: after every change of a dependency, and once the run has a pid.
   */
  | { readonly type: 'dependencies'; readonly unmet: readonly UnmetDependency[] }
  | {
      readonly type: 'spawned';
      readonly run: number;
      readonly pid: number;
      /** When the kernel started it, in clock ticks since the machine's boot. */
      readonly startTicks: number;
    }
  | { readonly type: 'spawn-failed'; readonly run: number; readonly message: string }
  /** The process itself ended (code and signal null: nobody saw how); `survivors` of its tree are still there. */
  | {
      readonly type: 'exited';
      readonly run: number;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** The kernel ended it for want of memory. */
      readonly oomKilled: boolean;
      readonly survivors: number;
    }
  /** After `watch-tree`: nothing of the run's tree is left. */
  | { readonly type: 'tree-gone'; readonly run: number }
  /** Health was asked, or told by itself (a log line that matches): the next probe counts from here. */
  | { readonly type: 'probed'; readonly run: number; readonly ok: boolean; readonly message: string }
  /** A time of the schedule has come. */
  | { readonly type: 'due' }
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
