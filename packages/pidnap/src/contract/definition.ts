import * as v from 'valibot';

const DAY_MS = 86_400_000;

/** A duration in whole milliseconds, at most `max` (default one day). */
function milliseconds({ min = 0, max = DAY_MS }: { min?: number; max?: number } = {}) {
  const message = `a whole number of milliseconds from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

function wholeNumber({ min, max }: { min: number; max: number }) {
  const message = `a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

const nonEmptyString = v.pipe(v.string('a string'), v.minLength(1, 'a non-empty string'));
const absolutePath = v.pipe(v.string('an absolute path'), v.regex(/^\//, 'an absolute path'));
const environmentName = v.pipe(
  v.string('the name of an environment variable'),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
);

/** Name of a process: part of file names and of the API, so it is kept to safe characters. */
export const ProcessName = v.pipe(
  v.string('a process name'),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'a process name: 1 to 64 letters, digits, "_", "." or "-", beginning with a letter or digit',
  ),
);

/** Signals that may be sent through the API or used to ask a process to stop. */
export const SignalName = v.picklist(
  [
    'SIGTERM',
    'SIGINT',
    'SIGHUP',
    'SIGQUIT',
    'SIGKILL',
    'SIGUSR1',
    'SIGUSR2',
    'SIGSTOP',
    'SIGCONT',
    'SIGWINCH',
    'SIGABRT',
  ],
  'a signal name such as "SIGTERM"',
);
export type SignalName = v.InferOutput<typeof SignalName>;

/**
 * When a process that ended by itself is started again.
 * `always` and `unless-stopped`: whatever the exit; they differ when pidnap itself restarts: a process that somebody
 * stopped is started again under `always` and stays stopped under `unless-stopped`.
 * `on-failure`: non-zero exit or death by signal. `on-success`: exit 0. `never`: a task, runs once.
 */
export const RestartPolicy = v.picklist(
  ['always', 'on-failure', 'on-success', 'unless-stopped', 'never'],
  'one of "always", "on-failure", "on-success", "unless-stopped", "never"',
);
export type RestartPolicy = v.InferOutput<typeof RestartPolicy>;

/** Delay before an automatic restart: `initialMs * factor^n`, at most `maxMs`, spread by `jitter` (a share, 0.1 = +-10 %). */
export const Backoff = v.strictObject(
  {
    initialMs: v.optional(milliseconds(), 1000),
    factor: v.optional(
      v.pipe(
        v.number('a number from 1 to 10'),
        v.minValue(1, 'a number from 1 to 10'),
        v.maxValue(10, 'a number from 1 to 10'),
      ),
      2,
    ),
    maxMs: v.optional(milliseconds(), 10_000),
    jitter: v.optional(
      v.pipe(
        v.number('a share from 0 to 1'),
        v.minValue(0, 'a share from 0 to 1'),
        v.maxValue(1, 'a share from 0 to 1'),
      ),
      0.1,
    ),
  },
  'an object with initialMs, factor, maxMs, jitter',
);

/** Crash-loop limit: more than `maxRestarts` automatic restarts within `withinMs` and the process is given up as `failed`. */
export const RestartBudget = v.strictObject(
  {
    maxRestarts: v.optional(wholeNumber({ min: 0, max: 1000 }), 5),
    withinMs: v.optional(milliseconds({ min: 1 }), 60_000),
  },
  'an object with maxRestarts, withinMs',
);

/** How a process is asked to stop: `signal` to its process group, then SIGKILL to its whole tree after `graceMs`. */
export const StopPolicy = v.strictObject(
  {
    signal: v.optional(SignalName, 'SIGTERM'),
    graceMs: v.optional(milliseconds({ max: 3_600_000 }), 5000),
  },
  'an object with signal, graceMs',
);

/** What another process must have reached before this one starts. `completed` means exit code 0. */
export const DependencyCondition = v.picklist(
  ['started', 'healthy', 'completed'],
  'one of "started", "healthy", "completed"',
);
export type DependencyCondition = v.InferOutput<typeof DependencyCondition>;

export const Dependency = v.strictObject(
  { process: ProcessName, condition: v.optional(DependencyCondition, 'started') },
  'an object with process, condition',
);
export type Dependency = v.InferOutput<typeof Dependency>;

const probeTiming = {
  /** Pause between the end of one probe and the start of the next. */
  intervalMs: v.optional(milliseconds({ min: 10 }), 10_000),
  /** The same pause until the first probe of a run has passed, so that dependants need not wait a whole interval. */
  startIntervalMs: v.optional(milliseconds({ min: 10 }), 500),
  /** A probe without an answer after this time has failed. */
  timeoutMs: v.optional(milliseconds({ min: 10, max: 600_000 }), 5000),
  /** Failures this soon after a start are not counted, as long as no probe of the run has passed. */
  startPeriodMs: v.optional(milliseconds(), 60_000),
  /** Failures in a row that make the process unhealthy. */
  retries: v.optional(wholeNumber({ min: 1, max: 100 }), 3),
};

/** How health is asked. `http`: status 2xx or 3xx. `tcp`: the connection opens. `command`: exit code 0. */
export const HealthCheck = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('http'),
      url: v.pipe(
        v.string('an http or https URL'),
        v.url('an http or https URL'),
        v.regex(/^https?:/, 'an http or https URL'),
      ),
      ...probeTiming,
    }),
    v.strictObject({
      kind: v.literal('tcp'),
      host: v.optional(nonEmptyString, '127.0.0.1'),
      port: wholeNumber({ min: 1, max: 65_535 }),
      ...probeTiming,
    }),
    v.strictObject({
      kind: v.literal('command'),
      command: v.pipe(
        v.array(v.string('a string'), 'a list of strings'),
        v.minLength(1, 'at least one word'),
      ),
      ...probeTiming,
    }),
  ],
  'a health check whose kind is "http", "tcp" or "command"',
);
export type HealthCheck = v.InferOutput<typeof HealthCheck>;

/** Bound of the log on disk, per process: at most `files` files of about `maxBytes` each. */
export const LogPolicy = v.strictObject(
  {
    maxBytes: v.optional(wholeNumber({ min: 4096, max: 1_073_741_824 }), 5_242_880),
    files: v.optional(wholeNumber({ min: 2, max: 100 }), 4),
  },
  'an object with maxBytes, files',
);

/** Everything pidnap knows about how to run one process. A task is a process whose `restart` is `never`. */
export const ProcessDefinition = v.strictObject(
  {
    /** Program and arguments; no shell is involved. */
    command: v.pipe(
      v.array(v.string('a string'), 'a list of strings: the program and its arguments'),
      v.minLength(1, 'at least the program'),
      v.checkItems((word, index) => index > 0 || word.length > 0, 'a non-empty string'),
    ),
    cwd: absolutePath,
    /** Set for the process on top of PATH, HOME, LANG and TZ. Nothing else of pidnap's own environment is passed on. */
    env: v.optional(v.record(environmentName, v.string('a string')), {}),
    /** Names of further variables to pass on from pidnap's own environment. */
    inheritEnv: v.optional(v.array(environmentName, 'a list of names'), []),
    restart: v.optional(RestartPolicy, 'always'),
    /** `false`: known to the API from the first moment, started only when asked. */
    autostart: v.optional(v.boolean('true or false'), true),
    backoff: v.optional(Backoff, {}),
    budget: v.optional(RestartBudget, {}),
    /** A run at least this long (and healthy at some time, where health is checked) clears back-off and budget. */
    minUptimeMs: v.optional(milliseconds(), 10_000),
    stop: v.optional(StopPolicy, {}),
    dependsOn: v.optional(v.array(Dependency, 'a list of dependencies'), []),
    health: v.optional(HealthCheck),
    logs: v.optional(LogPolicy, {}),
  },
  'a process definition',
);
/** A definition as people write it: defaults left out. */
export type ProcessDefinitionInput = v.InferInput<typeof ProcessDefinition>;
/** A definition with every default filled in. */
export type ProcessDefinition = v.InferOutput<typeof ProcessDefinition>;

export { absolutePath, environmentName, milliseconds, nonEmptyString, wholeNumber };
