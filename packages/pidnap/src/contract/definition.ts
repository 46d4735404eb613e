import * as v from 'valibot';
import { Dependency } from './dependency.ts';
import { HealthCheck } from './health-check.ts';
import {
  Command,
  SignalName,
  absolutePath,
  environmentName,
  environmentValue,
  nonEmptyString,
  wholeNumber,
  milliseconds,
} from './primitives.ts';
import { Backoff, CrashLoop, RestartBudget, RestartPolicy, StopPolicy } from './restart.ts';

/** Bound of the log on disk, per process: at most `files` files of about `maxBytes` each. */
export const LogPolicy = v.strictObject(
  {
    maxBytes: v.optional(wholeNumber({ min: 4096, max: 1_073_741_824 }), 5_242_880),
    files: v.optional(wholeNumber({ min: 2, max: 100 }), 4),
  },
  'an object with maxBytes, files',
);

const envFileFields = v.strictObject(
  {
    path: absolutePath,
    /** `true`: without the file the process does not start. */
    required: v.optional(v.boolean('true or false'), true),
    /** What a change of its variables does to a process that is up. `ignore`: they hold from the next start on. */
    whenChanged: v.optional(v.picklist(['restart', 'ignore'], 'one of "restart", "ignore"'), 'restart'),
  },
  'an absolute path, or an object with path, required, whenChanged',
);

/** A file of `NAME=value` lines, read at every start of the process and again when it changes. A path alone will do. */
export const EnvFile = v.pipe(
  v.custom<string | v.InferInput<typeof envFileFields>>(() => true),
  v.transform((file) => (typeof file === 'string' ? { path: file } : file)),
  envFileFields,
);

export type EnvFile = v.InferOutput<typeof EnvFile>;

/** Starts the process at fixed times, as cron does. */
export const Schedule = v.strictObject(
  {
    /** Five fields (minute, hour, day of month, month, day of week), six with seconds in front, or `@daily` and the like. */
    cron: nonEmptyString,
    /** IANA name such as `Europe/Berlin`; left out: the machine's time zone. */
    timezone: v.optional(nonEmptyString),
    /**
     * What happens when a time comes and the run before is not over. `skip`: this time is left out. `queue`: one run
     * follows as soon as the other is over. `replace`: the run is ended and a new one begins.
     */
    overlap: v.optional(
      v.picklist(['skip', 'queue', 'replace'], 'one of "skip", "queue", "replace"'),
      'skip',
    ),
  },
  'an object with cron, timezone, overlap',
);

/** Everything pidnap knows about how to run one process. A task is a process whose `restart` is `never`. */
export const ProcessDefinition = v.pipe(
  v.strictObject(
    {
      /** Program and arguments, without a shell; a text is run by `/bin/sh -c`. */
      command: Command,
      cwd: absolutePath,
      /** Set for the process on top of PATH, HOME, LANG and TZ. Nothing else of pidnap's own environment is passed on. */
      env: v.optional(v.record(environmentName, environmentValue), {}),
      /** Files with more variables; later files win over earlier ones, `env` wins over all. */
      envFiles: v.optional(v.array(EnvFile, 'a list of env files'), []),
      /** Names of further variables to pass on from pidnap's own environment. */
      inheritEnv: v.optional(v.array(environmentName, 'a list of names'), []),
      /** Left out: `always`; `never` for a process with a `schedule`. */
      restart: v.optional(RestartPolicy),
      /** Runs at fixed times instead of all the time; `restart` must be `never` then. */
      schedule: v.optional(Schedule),
      /** `false`: known to the API from the first moment, started only when asked. */
      autostart: v.optional(v.boolean('true or false'), true),
      backoff: v.optional(Backoff, {}),
      /** `null`: every automatic restart waits for the back-off alone. */
      crashLoop: v.optional(v.nullable(CrashLoop), null),
      /** `null`: never given up. */
      budget: v.optional(v.nullable(RestartBudget), {}),
      /** A run at least this long (and healthy at some time, where health is checked) clears back-off and budget. */
      minUptimeMs: v.optional(milliseconds(), 10_000),
      stop: v.optional(StopPolicy, {}),
      dependsOn: v.optional(v.array(Dependency, 'a list of dependencies'), []),
      health: v.optional(HealthCheck),
      /** Signals that pidnap passes on to the process when it gets them itself. */
      forwardSignals: v.optional(
        v.array(
          v.pipe(
            SignalName,
            v.picklist(
              ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'],
              'one of "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"',
            ),
          ),
          'a list of signal names',
        ),
        [],
      ),
      logs: v.optional(LogPolicy, {}),
    },
    'a process definition',
  ),
  v.transform((definition) => ({
    ...definition,
    restart: definition.restart ?? (definition.schedule ? ('never' as const) : ('always' as const)),
  })),
);
/** A definition as people write it: defaults left out. */
export type ProcessDefinitionInput = v.InferInput<typeof ProcessDefinition>;
/** A definition with every default filled in. */
export type ProcessDefinition = v.InferOutput<typeof ProcessDefinition>;
