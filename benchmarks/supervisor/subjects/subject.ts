import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a supervisor is to run. */
export type Workload = {
  /** Of this session alone, empty, removed after it. */
  folder: string;
  children: readonly { name: string; command: readonly string[] }[];
  /** Whether the output of the children is to be kept; otherwise a supervisor that can do without does. */
  keepOutput: boolean;
};

/** How a prepared supervisor is started and stopped. */
export type Plan = {
  /** Stays the supervisor's main process: no shell, no daemon that leaves. */
  command: readonly string[];
  /** On top of PATH and HOME. */
  env?: Record<string, string>;
  /** What makes it stop all children and end. */
  stopSignal: NodeJS.Signals;
  /** Where it keeps output, when it does: files in here hold it, in whatever form. */
  logFolder?: string;
};

/** A supervisor that is measured. */
export type Subject = {
  name: string;
  /** Ours and the floors: a failure of theirs ends the run, one of a peer only skips it. */
  required: boolean;
  /** Why it cannot be measured here, with what would help; undefined when it can. */
  missing: () => string | undefined;
  /** Whether it can keep the output of its children in a file. */
  keepsOutput: boolean;
  /** A child that ran less long is not started again at once, whatever the configuration. */
  throttleMs: number;
  /** Writes its configuration into the folder of the workload. */
  prepare: (workload: Workload) => Plan;
};

/** Says what to do when one of the programs is not on the PATH. */
export function missingPrograms(programs: readonly string[], advice: string): string | undefined {
  const missing = programs.filter((program) => !isOnPath(program));
  return missing.length === 0 ? undefined : `${missing.join(', ')} not found on the PATH: ${advice}`;
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}
