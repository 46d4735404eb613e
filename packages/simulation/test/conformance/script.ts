/**
 * One thing that the code of a scripted object does. Steps that are not waits follow each other in one turn: `look` and
 * `arm-if-none` wait for the storage, which does not end it.
 */
export type Step =
  /** Adds a row. */
  | { do: 'write'; row: string }
  /** Sets the alarm to this long after now; 0 and less are allowed. */
  | { do: 'arm'; inMs: number }
  /** Sets the alarm if there is none at all. */
  | { do: 'arm-if-none'; inMs: number }
  | { do: 'disarm' }
  /** Adds to a counter that is only in memory. */
  | { do: 'remember' }
  /** Notes what getAlarm() says, which rows are there, and the counter. */
  | { do: 'look' }
  /** Notes that this place was reached. */
  | { do: 'mark'; name: string }
  | { do: 'throw' }
  /** Has the storage fail when this turn is made durable. */
  | { do: 'fail-commit' }
  /** Resets the object. */
  | { do: 'abort' }
  /** Waits for a timer. */
  | { do: 'wait'; ms: number }
  /** Calls a receiver outside, which ends the process instead of answering. */
  | { do: 'call-killer' }
  /** A transaction that is rolled back because it throws, which the code around it catches. */
  | { do: 'rolled-back'; steps: readonly Step[] };

/** What happens to the object from outside, one after the other. */
export type Outside =
  /** Calls a method and waits for its end; a failure is noted with the platform's flags. */
  | { then: 'call'; method: string }
  /** Calls a method and goes on at once. */
  | { then: 'send'; method: string }
  | { then: 'wait'; ms: number }
  /** Waits until the handler of the alarm was started this often. */
  | { then: 'await-runs'; count: number }
  /** Waits until this many constructors were started. */
  | { then: 'await-lives'; count: number }
  /** Waits until nothing was noted for this long. */
  | { then: 'await-quiet'; ms: number }
  /** Ends the process. */
  | { then: 'kill' }
  /** Waits until the receiver has ended the process. */
  | { then: 'await-death' }
  /** Starts it again. */
  | { then: 'start' };

/** Steps of the first life or run, of the second, and so on. */
export type Lives = readonly (readonly Step[])[];

/** What one object does and undergoes; the same for the simulated runtime and for workerd. */
export type Script = {
  /** A sentence about the platform that this script would disprove. */
  name: string;
  /** What the n-th constructor of the first process does; the last one repeats. */
  constructors?: Lives;
  /** What the n-th run of the alarm in the first process does; the last one repeats. */
  alarms?: Lives;
  /** The same for processes that were started later. */
  restarted?: { constructors?: Lives; alarms?: Lives };
  /** `look` is there without being named. */
  methods?: Readonly<Record<string, readonly Step[]>>;
  outside: readonly Outside[];
  /** Constructors are not compared: an object that idles for 10 to 20 s may be dropped or not. */
  livesVary?: boolean;
  /** Notes that repeat the one before count once: for scripts where the number of repeats is a matter of luck. */
  folded?: boolean;
};

/** The steps of the n-th (from 1) constructor or run of the alarm in a process. */
export function stepsOf(
  script: Script,
  what: 'constructors' | 'alarms',
  n: number,
  inFirstProcess: boolean,
): readonly Step[] {
  const lives = (inFirstProcess ? script : script.restarted)?.[what] ?? [];
  return lives[Math.min(n, lives.length) - 1] ?? [];
}

/** The steps of a method. */
export function methodSteps(script: Script, method: string): readonly Step[] {
  const steps = script.methods?.[method] ?? (method === 'look' ? [{ do: 'look' } as const] : undefined);
  if (steps === undefined) throw new Error(`The script "${script.name}" has no method ${method}`);
  return steps;
}

/** Whether the script ends processes, so that it cannot share one. */
export function isDeadly(script: Script): boolean {
  return script.outside.some((step) => step.then === 'kill' || step.then === 'await-death');
}
