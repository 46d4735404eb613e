/**
 * The durable record of one process: everything decisions are made from. What can only be true in one state lives in
 * that state's `phase`, so contradictions do not type-check. Pure data, kept as JSON. All times are milliseconds on the
 * steady clock, which never jumps and goes on over a restart of pidnap within one boot of the machine.
 */
import type { Dependency, DependencyCondition } from '../contract/dependency.ts';
import type { HealthStatus, ProcessState, StateReason } from '../contract/process.ts';

/** How a run ended. Both null: it never got as far as a process, or nobody could see how it ended. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A dependency that does not hold, its condition resolved, with the state its process is in (null: not known). */
export interface UnmetDependency extends Dependency {
  readonly condition: DependencyCondition;
  readonly state: ProcessState | null;
}

/**
 * What happens once a tree that is being ended is gone. `stay-down`: somebody asked. `start-again`: a new run was asked
 * for. `settle`: the process ended by itself and left children. `recover`: it was unhealthy; counts as a failure.
 * `await-schedule`: it runs at fixed times from now on.
 */
export type AfterStop = 'stay-down' | 'start-again' | 'settle' | 'recover' | 'await-schedule';

/** The process of a run. Pid numbers come round again; together with the start time (clock ticks) they are unique. */
export interface Leader {
  readonly pid: number;
  readonly startTicks: number;
}

export interface StoppingPhase {
  readonly state: 'stopping';
  /** Null, and `startTicks` with it, while the spawn that is being called off has not answered. */
  readonly pid: number | null;
  readonly startTicks: number | null;
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
  | ({ readonly state: 'running' } & Leader)
  | StoppingPhase
  | { readonly state: 'backing-off'; readonly nextStartAt: number }
  | { readonly state: 'scheduled' }
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
  readonly version: 2;
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
  /** Times of the newest automatic restarts, as far as the budget or the crash-loop rule still counts them, oldest first. */
  readonly recentRestarts: readonly number[];
  /** Automatic restarts in a row since the last stable run or command: n of the back-off. */
  readonly attempt: number;
  /** A crash loop was found: automatic restarts are held back until a run is stable or somebody commands. */
  readonly crashLooping: boolean;
  /** Makes the jitter of two machines differ; drawn once by the shell. */
  readonly jitterSeed: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly oomKilled: boolean;
  /** Why the last run that ended did, for people. */
  readonly endMessage: string;
  /** Times of the schedule that were left out because the run before was not over. */
  readonly skippedRuns: number;
  /** A time of the schedule came during a run; one more run follows. */
  readonly queuedRun: boolean;
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

/**
 * A process that has just become known. One that starts by itself is `pending`, or `scheduled` where it runs at fixed
 * times; any other is `stopped`.
 */
export function createRecord(options: {
  name: string;
  definition: { readonly autostart: boolean; readonly schedule?: unknown };
  jitterSeed: number;
  now: number;
}): ProcessRecord {
  const { name, definition, jitterSeed, now } = options;
  return {
    version: 2,
    name,
    ...beginning(definition, now),
    since: now,
    health: NO_HEALTH,
    runs: 0,
    restarts: 0,
    recentRestarts: [],
    attempt: 0,
    crashLooping: false,
    jitterSeed,
    exitCode: null,
    signal: null,
    oomKilled: false,
    endMessage: '',
    skippedRuns: 0,
    queuedRun: false,
    startedAt: null,
    healthyAt: null,
    stoppedAt: null,
  };
}

type Beginning = Pick<ProcessRecord, 'desired' | 'phase' | 'reason' | 'message' | 'queuedAt'>;

function beginning(
  { autostart, schedule }: { readonly autostart: boolean; readonly schedule?: unknown },
  now: number,
): Beginning {
  if (!autostart) {
    const message = 'waits to be started: autostart is off';
    return {
      desired: 'down',
      phase: { state: 'stopped' },
      reason: 'not-autostarted',
      message,
      queuedAt: null,
    };
  }
  if (schedule === undefined) {
    const message = 'starts with pidnap';
    return { desired: 'up', phase: { state: 'pending' }, reason: 'autostart', message, queuedAt: now };
  }
  const message = 'waits for the next time of its schedule';
  return { desired: 'up', phase: { state: 'scheduled' }, reason: 'scheduled', message, queuedAt: null };
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

/** The run ended by itself and only what it left of its tree is being ended: its outcome is known. */
export function isOver({ phase }: ProcessRecord): boolean {
  return phase.state === 'stopping' && phase.exit !== null && phase.then === 'settle';
}

/** The process of the current run; null when none is up. */
export function leaderOf({ phase }: ProcessRecord): Leader | null {
  if (phase.state === 'running') return { pid: phase.pid, startTicks: phase.startTicks };
  if (phase.state !== 'stopping' || phase.exit !== null) return null;
  if (phase.pid === null || phase.startTicks === null) return null;
  return { pid: phase.pid, startTicks: phase.startTicks };
}

/** The pid of the current run; null when none is up. */
export function pidOf(record: ProcessRecord): number | null {
  return leaderOf(record)?.pid ?? null;
}
