import * as v from 'valibot';
import { ProcessDefinition } from './definition.ts';
import { DependencyCondition } from './dependency.ts';
import { ProcessName } from './primitives.ts';

/**
 * States of a process. `pending`: is to start, nothing checked yet. `blocked`: waits for other processes.
 * `starting`: being spawned. `running`: has a pid. `stopping`: its tree is being ended. `backing-off`: starts again at
 * `nextStartAt`. `scheduled`: waits for its next fixed time, `nextStartAt`. `stopped`: somebody asked for it.
 * `completed`: ended with 0 and is not to run again.
 * `failed`: given up, or ended badly and is not to run again; only a `start` or `restart` command leaves it.
 */
export const ProcessState = v.picklist([
  'pending',
  'blocked',
  'starting',
  'running',
  'stopping',
  'backing-off',
  'scheduled',
  'stopped',
  'completed',
  'failed',
]);
export type ProcessState = v.InferOutput<typeof ProcessState>;

/** Why a process is in its state. `message` says the same for people. */
export const StateReason = v.picklist([
  'autostart',
  'not-autostarted',
  'start-requested',
  'restart-requested',
  'stop-requested',
  'definition-changed',
  'environment-changed',
  'removed',
  'shutdown',
  'waiting-for-dependency',
  'dependency-failed',
  'dependency-lost',
  'dependencies-met',
  'spawned',
  'spawn-failed',
  'exited-zero',
  'exited-nonzero',
  'killed-by-signal',
  'out-of-memory',
  'exit-not-seen',
  'unhealthy',
  'crash-loop',
  'budget-used-up',
  'scheduled',
  'schedule-due',
  'leftover-children',
  'adopted',
  'interrupted-by-supervisor-restart',
]);
export type StateReason = v.InferOutput<typeof StateReason>;

export const HealthStatus = v.picklist(['unknown', 'healthy', 'unhealthy']);
export type HealthStatus = v.InferOutput<typeof HealthStatus>;

/**
 * Time in milliseconds since 1970 (UTC), by the machine's clock as it is set now. Inside, pidnap counts on a clock that
 * does not jump: when the machine's clock is set, past times move with it, and durations stay right.
 */
const Time = v.number();

/** Health of the current run. `unknown`: not checked, no probe answered yet, or no run. */
export const ProcessHealth = v.object({
  status: HealthStatus,
  /** Failed probes in a row; those of the start period are not counted. */
  failures: v.number(),
  checkedAt: v.nullable(Time),
  message: v.string(),
});

/** A process as the API shows it. Fields about a run speak of the current run, or of the last one when none is up. */
export const ProcessView = v.object({
  name: ProcessName,
  state: ProcessState,
  /** When the process entered `state`. */
  stateSince: Time,
  reason: StateReason,
  message: v.string(),
  /** What somebody wants: `up` is kept running (or run once), `down` stays stopped. */
  desired: v.picklist(['up', 'down']),
  health: ProcessHealth,
  pid: v.nullable(v.number()),
  /** How many times the process was spawned since it became known. The number of the current run, from 1. */
  runs: v.number(),
  /** How many of those runs pidnap started by itself after an exit or bad health. */
  restarts: v.number(),
  /** Exit code of the last run that ended; null when it died by `signal` or none has ended. */
  exitCode: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  /** The kernel ended the last run for want of memory. */
  oomKilled: v.boolean(),
  /** When the run became wanted. `startedAt - queuedAt` is the time spent blocked or backing off. */
  queuedAt: v.nullable(Time),
  startedAt: v.nullable(Time),
  /** First passed probe of the run; equals `startedAt` where no health is checked. */
  healthyAt: v.nullable(Time),
  stoppedAt: v.nullable(Time),
  /** How long the current run is up, or the last one was. */
  durationMs: v.nullable(v.number()),
  /** Set while `backing-off` and `scheduled`. */
  nextStartAt: v.nullable(Time),
  /** Times of the schedule that were left out because the run before was not over. */
  skippedRuns: v.number(),
  /** Set while `stopping`: when SIGKILL follows. */
  killAt: v.nullable(Time),
  /** Set while `blocked`. */
  blockedOn: v.array(
    v.object({ process: ProcessName, condition: DependencyCondition, state: v.nullable(ProcessState) }),
  ),
  /** Where the definition comes from: the config file, or `add` / `update` through the API. */
  source: v.picklist(['config', 'api']),
  /** Values of `env` are replaced by `[hidden]`: they may be secrets. */
  definition: ProcessDefinition,
  /** Fingerprint of the definition with defaults filled in: 16 hexadecimal digits that change when it changes. */
  definitionDigest: v.string(),
});
export type ProcessView = v.InferOutput<typeof ProcessView>;

/** One run of a process, from the moment it was wanted. Durations come from a clock that does not jump. */
export const RunView = v.object({
  /** The number of the run, from 1. */
  run: v.number(),
  pid: v.nullable(v.number()),
  queuedAt: v.nullable(Time),
  /** Null: it could not be started. */
  startedAt: v.nullable(Time),
  healthyAt: v.nullable(Time),
  /** Null: it is up. */
  stoppedAt: v.nullable(Time),
  /** Wanted to started: time spent waiting for dependencies or backing off. */
  waitedMs: v.nullable(v.number()),
  /** Started to healthy. */
  toHealthyMs: v.nullable(v.number()),
  /** Started to stopped, or to now. */
  durationMs: v.nullable(v.number()),
  exitCode: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  oomKilled: v.boolean(),
  /** Why it ended, for people; empty while it is up. */
  message: v.string(),
});
export type RunView = v.InferOutput<typeof RunView>;

/** One change of state. `durationMs` is the time spent in `from`; the view is the process after the change. */
export const StateChange = v.object({
  type: v.literal('state'),
  /** Grows by one with every change of any process; starts at 1 with each boot of pidnap. */
  seq: v.number(),
  at: Time,
  name: ProcessName,
  from: v.nullable(ProcessState),
  to: v.nullable(ProcessState),
  durationMs: v.number(),
  process: ProcessView,
});
export type StateChange = v.InferOutput<typeof StateChange>;

/** A change of health within one state. */
export const HealthChange = v.object({
  type: v.literal('health'),
  seq: v.number(),
  at: Time,
  name: ProcessName,
  from: HealthStatus,
  to: HealthStatus,
  process: ProcessView,
});

/** Everything as of `seq`: first in every stream, and again when a slow reader lost changes. */
export const Snapshot = v.object({
  type: v.literal('snapshot'),
  seq: v.number(),
  at: Time,
  bootId: v.string(),
  processes: v.array(ProcessView),
});

export const PidnapEvent = v.variant('type', [Snapshot, StateChange, HealthChange]);
export type PidnapEvent = v.InferOutput<typeof PidnapEvent>;

/** One line of output. `partial`: the line was longer than the line limit and goes on in the next entry. */
export const LogLine = v.object({
  at: Time,
  /** `pidnap`: a note of the supervisor itself, such as a start or an exit. */
  stream: v.picklist(['stdout', 'stderr', 'pidnap']),
  text: v.string(),
  partial: v.boolean(),
});
export type LogLine = v.InferOutput<typeof LogLine>;
