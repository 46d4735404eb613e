import * as v from 'valibot';

const DAY_MS = 86_400_000;

/** A duration in whole milliseconds, at most `max` (default one day). */
export function milliseconds({ min = 0, max = DAY_MS }: { min?: number; max?: number } = {}) {
  const message = `a whole number of milliseconds from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

export function wholeNumber({ min, max }: { min: number; max: number }) {
  const message = `a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

/** A number from `min` to `max`; `what` is how the message calls it. */
export function numberWithin({ min, max, what = 'a number' }: { min: number; max: number; what?: string }) {
  const message = `${what} from ${min} to ${max}`;
  return v.pipe(v.number(message), v.minValue(min, message), v.maxValue(max, message));
}

/** A zero byte ends a text for the system: no program can be given one, and no path holds one. */
const noZero = 'a text without a zero byte';

export const nonEmptyString = v.pipe(
  v.string('a string'),
  v.minLength(1, 'a non-empty string'),
  v.excludes('\0', noZero),
);

/** Value of an environment variable. */
export const environmentValue = v.pipe(v.string('a string'), v.excludes('\0', noZero));

export const absolutePath = v.pipe(
  v.string('an absolute path'),
  v.regex(/^\//, 'an absolute path'),
  v.excludes('\0', noZero),
);

export const environmentName = v.pipe(
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

/** Program and arguments, or a text for `/bin/sh -c`. Always comes out as program and arguments. */
export const Command = v.pipe(
  v.union(
    [v.string(), v.array(v.string('a string'))],
    'a list of strings (the program and its arguments) or a text for the shell',
  ),
  v.transform((command) => (typeof command === 'string' ? ['/bin/sh', '-c', command] : command)),
  v.minLength(1, 'at least the program'),
  v.checkItems((word, index) => index > 0 || word.length > 0, 'a non-empty string'),
  v.checkItems((word) => !word.includes('\0'), noZero),
);
