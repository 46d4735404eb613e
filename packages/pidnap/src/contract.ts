import { eventIterator, oc } from '@orpc/contract';
import * as v from 'valibot';
import { ProcessDefinition } from './contract/definition.ts';
import { ProcessName, SignalName, milliseconds, wholeNumber } from './contract/primitives.ts';
import { LogLine, PidnapEvent, ProcessState, ProcessView, RunView } from './contract/process.ts';

export { ProcessDefinition, type ProcessDefinitionInput } from './contract/definition.ts';
export { DependencyCondition } from './contract/dependency.ts';
export { HealthCheck } from './contract/health-check.ts';
export { ProcessName, SignalName } from './contract/primitives.ts';
export { RestartPolicy } from './contract/restart.ts';
export {
  HealthStatus,
  LogLine,
  PidnapEvent,
  ProcessState,
  ProcessView,
  RunView,
  StateChange,
  StateReason,
} from './contract/process.ts';

export { RPC_PREFIX } from './contract/rpc-prefix.ts';

/**
 * Id of a command, chosen by the caller. A repeat with the same id and the same input does nothing and returns what
 * the first one returned, also after pidnap itself restarted.
 */
export const ActionId = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** Errors of the API: `code`, HTTP status, and the data that comes with them. */
const base = oc.errors({
  /** The input does not fit the contract; each problem names the path of a field and what was expected. */
  BAD_REQUEST: {
    status: 400,
    message: 'The input is not valid',
    data: v.object({ problems: v.array(v.string()) }),
  },
  /** `clockAheadMs`: how far the caller's clock is ahead, where that is why. */
  UNAUTHORIZED: {
    status: 401,
    message: 'A valid token or signature is required',
    data: v.optional(v.object({ clockAheadMs: v.number() })),
  },
  PROCESS_NOT_FOUND: {
    status: 404,
    message: 'No process has this name',
    data: v.object({ name: v.string() }),
  },
  /** `add` of a name that is taken by a different definition, or `remove` of a process others depend on. */
  PROCESS_CONFLICT: {
    status: 409,
    message: 'The process conflicts with another',
    data: v.object({ name: v.string() }),
  },
  INVALID_DEFINITION: {
    status: 422,
    message: 'The definition is not valid',
    data: v.object({ problems: v.array(v.string()) }),
  },
  NOT_RUNNING: {
    status: 409,
    message: 'The process has no pid to signal',
    data: v.object({ name: v.string() }),
  },
  /** The same actionId was used before with another command or input. */
  ACTION_ID_REUSED: {
    status: 409,
    message: 'This actionId belongs to another command',
    data: v.object({ actionId: v.string() }),
  },
  /** pidnap died while it carried the action out; read the state, then decide under a new id. */
  ACTION_INTERRUPTED: {
    status: 409,
    message: 'The outcome of this action is not known',
    data: v.object({ actionId: v.string() }),
  },
  /** `reload`: the config file cannot be used; nothing was changed. */
  INVALID_CONFIG: {
    status: 422,
    message: 'The config file is not valid',
    data: v.object({ problems: v.array(v.string()) }),
  },
  SHUTTING_DOWN: { status: 503, message: 'pidnap is shutting down' },
});

const named = { name: ProcessName };
const command = { name: ProcessName, actionId: v.optional(ActionId) };

/** `wait` conditions: a state, or `healthy` (running and healthy, or running without a health check), or `ended`. */
export const WaitCondition = v.picklist([...ProcessState.options, 'healthy', 'ended']);

/** Who answers. `bootId` changes with every start of pidnap. */
export const PidnapInfo = v.object({
  version: v.string(),
  pid: v.number(),
  bootId: v.string(),
  /** Stays the same over restarts with the same state directory. */
  instanceId: v.string(),
  startedAt: v.number(),
  now: v.number(),
  /** pidnap itself is process 1 of its pid namespace. */
  isPid1: v.boolean(),
  /** Who reaps orphans: an init above pidnap, or nobody (pidnap is process 1 and found no init to put above itself). */
  orphanReaper: v.picklist(['init', 'none']),
  stateDir: v.string(),
  /** Null: started from a program, without a file. */
  configFile: v.nullable(v.string()),
  shuttingDown: v.boolean(),
  /** Milestones of this start, in milliseconds since 1970 (UTC); null: not reached yet. */
  boot: v.object({
    /** The container's first program, or pidnap itself, began. */
    entrypointAt: v.number(),
    /** pidnap began to start processes. */
    readyAt: v.number(),
    /** Every task of the config file completed: `restart: "never"`, or others wait for it to complete. */
    tasksCompleteAt: v.nullable(v.number()),
    /** Every process of the config file that starts by itself was healthy or completed, for the first time. */
    allHealthyAt: v.nullable(v.number()),
  }),
  /** What an earlier pidnap left running, and what became of it at this start. */
  leftovers: v.object({ adopted: v.array(ProcessName), ended: v.number() }),
  /** Processes that the kernel ended for want of memory since this start, in pidnap's whole cgroup; null: not known. */
  oomKills: v.nullable(v.number()),
});

/** What a reload changed, or would change. */
export const ReloadOutcome = v.object({
  added: v.array(ProcessName),
  removed: v.array(ProcessName),
  /** Started anew under the new definition. */
  restarted: v.array(ProcessName),
  /** The new definition holds without a restart: only rules changed (restart policy, health, logs, stop, dependencies). */
  adjusted: v.array(ProcessName),
  unchanged: v.array(ProcessName),
  /** Fields outside of `processes` that changed; they hold from pidnap's next start on. */
  needsRestart: v.array(v.string()),
});
export type ReloadOutcome = v.InferOutput<typeof ReloadOutcome>;

/** The API of pidnap. Commands return at once with the state they led to; `wait` and `events` tell the rest. */
export const contract = {
  info: base.output(PidnapInfo),
  list: base.output(v.array(ProcessView)),
  get: base.input(v.object(named)).output(ProcessView),

  /** Wants the process up. Does nothing to one that is up or on its way. Leaves `failed` and resets the budget. */
  start: base.input(v.object(command)).output(ProcessView),
  /** Wants the process down: its whole tree is ended. Does nothing to one that has ended. */
  stop: base.input(v.object(command)).output(ProcessView),
  /** Ends the tree if there is one and starts anew, from any state. Resets back-off and budget. */
  restart: base.input(v.object(command)).output(ProcessView),
  /** Sends a signal to the process, or to its whole group with `group`. */
  signal: base
    .input(v.object({ ...command, signal: SignalName, group: v.optional(v.boolean(), false) }))
    .output(ProcessView),

  /**
   * Makes a process known; it starts unless `autostart` is false. With the definition that is known already it does
   * nothing. Added processes survive a restart of pidnap; an added task is never run a second time by itself.
   */
  add: base.input(v.object({ ...command, definition: ProcessDefinition })).output(ProcessView),
  /**
   * Replaces the definition. A process that is up is restarted when what it was started with changed (command, cwd,
   * env, envFiles, inheritEnv); other changes hold at once without a restart. With an equal definition it does nothing.
   */
  update: base.input(v.object({ ...command, definition: ProcessDefinition })).output(ProcessView),
  /** Ends the tree, forgets the process, deletes its log; answers when that is done. `removed`: it was known. */
  remove: base.input(v.object(command)).output(v.object({ name: ProcessName, removed: v.boolean() })),

  /** Reads the config file again and applies what changed in it; all or nothing. `dryRun`: only tells. */
  reload: base
    .input(v.optional(v.object({ dryRun: v.optional(v.boolean(), false) }), {}))
    .output(ReloadOutcome),

  /** The newest `limit` runs, newest first, the current one included. The last 20 of a process are kept. */
  history: base
    .input(v.object({ ...named, limit: v.optional(wholeNumber({ min: 1, max: 100 }), 20) }))
    .output(v.array(RunView)),

  /** Answers when the condition holds, or after `timeoutMs` with `reached: false`. `minRun` skips older runs. */
  wait: base
    .input(
      v.object({
        ...named,
        until: WaitCondition,
        minRun: v.optional(v.number(), 0),
        timeoutMs: v.optional(milliseconds({ max: 300_000 }), 30_000),
      }),
    )
    .output(v.object({ reached: v.boolean(), process: ProcessView })),

  /** The newest `tail` lines not older than `since` (ms since 1970), oldest first. */
  logs: base
    .input(
      v.object({
        ...named,
        tail: v.optional(wholeNumber({ min: 1, max: 10_000 }), 200),
        since: v.optional(v.number()),
      }),
    )
    .output(
      v.object({
        lines: v.array(LogLine),
        /** Older matching lines exist on disk. */
        more: v.boolean(),
      }),
    ),
  /** The newest `tail` lines, then every new one as it comes. A reader that is too slow loses lines and is told so. */
  followLogs: base
    .input(
      v.object({
        ...named,
        tail: v.optional(wholeNumber({ min: 0, max: 10_000 }), 50),
        since: v.optional(v.number()),
      }),
    )
    .output(eventIterator(LogLine)),
  /** A snapshot, then every change. */
  events: base
    .input(v.optional(v.object({ name: v.optional(ProcessName) }), {}))
    .output(eventIterator(PidnapEvent)),
};

export type PidnapContract = typeof contract;
