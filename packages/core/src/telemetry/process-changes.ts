/** State changes of processes as points: from the supervisor's events, and from a comparison where events were missed. */
import type { PointBody } from './point-buffer.ts';
import type { ServiceState } from '@fettle/contract';

/** The part of a process's view that a point is made of. */
export type ProcessSight = {
  name: string;
  state: ServiceState;
  /** Starts so far. */
  runs: number;
  restarts: number;
  exitCode: number | null;
  signal: string | null;
};

/** A change as the supervisor told it. `to` is `null` when the process was removed. */
export type ProcessChange = {
  name: string;
  from: ServiceState | null;
  to: ServiceState | null;
  durationMs: number;
  process: ProcessSight;
};

/** What is known of each process, by name: enough to see that something was missed. */
export type KnownProcesses = Readonly<Record<string, KnownProcess>>;
export type KnownProcess = { state: ServiceState; runs: number };

/** A change to tell, and what is known of the process once it is told. */
export type ToldChange = { body: PointBody; name: string; known: KnownProcess };

const MAX_SIGNAL = 16;
const MAX_EXIT_CODE = 255;

/** States in which there is a run that can end. */
const IN_A_RUN: readonly ServiceState[] = ['running', 'stopping'];
/** States in which the last run has ended, whatever was before. */
const ENDED: readonly ServiceState[] = ['backing-off', 'stopped', 'completed', 'failed'];

/**
 * What to tell of a list of all processes, compared with what is known. Changes that nobody saw are told once, as one
 * from the last known state to the present one; how long the time in between was divided is not known then.
 */
export function changesSince(known: KnownProcesses, processes: readonly ProcessSight[]): ToldChange[] {
  return processes.flatMap((sight) => {
    const before = ownEntry(known, sight.name);
    if (before !== null && before.state === sight.state && before.runs === sight.runs) return [];
    return [told(sight, { from: before?.state ?? null, durationMs: 0 })];
  });
}

/** What to tell of one change; `null` for a removal, which leaves no state to tell. */
export function changeToTell({ from, to, durationMs, process: sight }: ProcessChange): ToldChange | null {
  return to === null ? null : told({ ...sight, state: to }, { from, durationMs });
}

/** Known processes after some were told. */
export function withTold(known: KnownProcesses, changes: readonly Pick<ToldChange, 'name' | 'known'>[]) {
  return { ...known, ...Object.fromEntries(changes.map((change) => [change.name, change.known])) };
}

/** Known processes, without those that are gone. */
export function withoutGone(known: KnownProcesses, names: readonly string[]): KnownProcesses {
  return Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
}

function told(
  sight: ProcessSight,
  { from, durationMs }: { from: ServiceState | null; durationMs: number },
): ToldChange {
  const { name, state, runs, restarts } = sight;
  return {
    name,
    known: { state, runs },
    body: {
      kind: 'process',
      name,
      state,
      previousState: from,
      durationMs: Math.max(0, Math.round(durationMs)),
      restarts,
      ...(endsARun(from, state) ? endOf(sight) : { exitCode: null, signal: null }),
    },
  };
}

/** Only then does the point tell how a run ended: a later one would tell the same end again. */
function endsARun(from: ServiceState | null, to: ServiceState): boolean {
  if (from !== null && IN_A_RUN.includes(from)) return !IN_A_RUN.includes(to);
  return from === null && ENDED.includes(to);
}

function endOf({ exitCode, signal }: ProcessSight): { exitCode: number | null; signal: string | null } {
  return {
    exitCode: exitCode !== null && exitCode >= 0 && exitCode <= MAX_EXIT_CODE ? exitCode : null,
    signal: signal === null ? null : signal.slice(0, MAX_SIGNAL),
  };
}

/** Names come from outside: one such as `constructor` must not find what every object has. */
function ownEntry(known: KnownProcesses, name: string): KnownProcess | null {
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
}
