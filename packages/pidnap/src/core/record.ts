/**
 * The durable record of one process: everything decisions are made from. What can only be true in one state lives in
 * that state's `phase`, so contradictions do not type-check. Pure data, kept as JSON between boots.
 */
import type { Dependency } from '../contract/dependency.ts';
import type { HealthStatus, ProcessState, StateReason } from '../contract/process.ts';

/** How a run ended. Both null: it never got as far as a process, or nobody could see how it ended. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A dependency that does not hold yet, with the state its process is in (null: not known). */
export interface UnmetDependency extends Dependency {
  readonly state: ProcessState | null;
}

/**
 * What happens once a tree that is being ended is gone. `stay-down`: somebody asked. `start-again`: a restart was asked
 * for. `settle`: the process ended by itself and left children. `recover`: it was unhealthy; counts as a failure.
 */
export type AfterStop = 'stay-down' | 'start-again' | 'settle' | 'recover';

export interface StoppingPhase {
  readonly state: 'stopping';
  /** Null while the spawn that is being called off has not answered. */
  readonly pid: number | null;
  /** Set once the process itself has ended and only children are left. */
  readonly exit: Exit | null;
  /** When SIGKILL goes (again) to the whole tree. */
  readonly killAt: number;
  readonly killed: boolean;
  readonly then: AfterStop;
}

export type Phase =
  | { readonly state: 'pending' }
  | { readonly state: 'blocked'; readonly on: readonly UnmetDependency[] }
  | { readonly state: 'starting' }
  | { readonly state: 'running'; readonly pid: number }
  | StoppingPhase
  | { readonly state: 'backing-off'; readonly nextStartAt: number }
  | { readonly state: 'stopped' }
  | { readonly state: 'completed' }
  | { readonly state: 'failed' };

/** Health of the current run. `nextProbeAt` is null when nothing is to be probed or a probe is under way. */
export interface HealthRecord {
  readonly status: HealthStatus;
  readonly failures: number;
  readonly checkedAt: number | null;
  readonly message: string;
  readonly nextProbeAt: number | null;
}

export interface ProcessRecord {
  readonly version: 1;
  readonly name: string;
  readonly desired: 'up' | 'down';
  readonly phase: Phase;
  /** When `phase.state` was entered. */
  readonly since: number;
  readonly reason: StateReason;
  readonly message: string;
  readonly health: HealthRecord;
  readonly runs: number;
  readonly restarts: number;
  /** Times of automatic restarts that still count against the budget, oldest first. */
  readonly recentRestarts: readonly number[];
  /** Automatic restarts in a row since the last stable run or command: the exponent of the back-off. */
  readonly attempt: number;
  /** Makes the jitter of two machines differ; drawn once by the shell. */
  readonly jitterSeed: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly queuedAt: number | null;
  readonly startedAt: number | null;
  readonly healthyAt: number | null;
  readonly stoppedAt: number | null;
}

export const NO_HEALTH: HealthRecord = {
  status: 'unknown',
  failures: 0,
  checkedAt: null,
  message: '',
  nextProbeAt: null,
};

/** A process that has just become known: `pending` when it is to start, else `stopped`. */
export function createRecord(options: {
  name: string;
  autostart: boolean;
  jitterSeed: number;
  now: number;
}): ProcessRecord {
  const { name, autostart, jitterSeed, now } = options;
  return {
    version: 1,
    name,
    desired: autostart ? 'up' : 'down',
    phase: { state: autostart ? 'pending' : 'stopped' },
    since: now,
    reason: autostart ? 'autostart' : 'not-autostarted',
    message: autostart ? 'starts with pidnap' : 'waits to be started: autostart is off',
    health: NO_HEALTH,
    runs: 0,
    restarts: 0,
    recentRestarts: [],
    attempt: 0,
    jitterSeed,
    exitCode: null,
    signal: null,
    queuedAt: autostart ? now : null,
    startedAt: null,
    healthyAt: null,
    stoppedAt: null,
  };
}

/** The process has a live tree, or may have one any moment. */
export function isLive(record: ProcessRecord): boolean {
  const { state } = record.phase;
  return state === 'starting' || state === 'running' || state === 'stopping';
}

/** Nothing more happens without a command. */
export function hasEnded(record: ProcessRecord): boolean {
  const { state } = record.phase;
  return state === 'stopped' || state === 'completed' || state === 'failed';
}

/** The pid of the current run; null when none is up. */
export function pidOf(record: ProcessRecord): number | null {
  const { phase } = record;
  if (phase.state === 'running') return phase.pid;
  return phase.state === 'stopping' && phase.exit === null ? phase.pid : null;
}
