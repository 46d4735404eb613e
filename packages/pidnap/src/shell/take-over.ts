import type { ProcessDefinition } from '../contract/definition.ts';
import { endedRun, type PastRun } from '../core/history.ts';
import { rebasePastRun, rebaseRecord } from '../core/rebase.ts';
import { isLive, leaderOf, type ProcessRecord } from '../core/record.ts';
import { restoreRecord } from '../core/restore.ts';
import { steadyNow } from './clock.ts';
import { definitionDigest } from './definition-digest.ts';
import type { Leftovers } from './leftovers.ts';
import { KEPT_RUNS, type StoredState } from './state-store.ts';

/** What an earlier pidnap left, on the disk and alive. */
export interface Inheritance {
  readonly state: StoredState;
  /** It was killed within this boot of the machine, and this pidnap goes on where it was. */
  readonly resumed: boolean;
  /** What is added to its times: its clock may have counted from another start of the machine. */
  readonly shiftMs: number;
  readonly leftovers: Leftovers;
  /** Runs that are alive and unchanged go on. */
  readonly adopt: boolean;
}

/** One process as this pidnap begins with it. */
export interface TakenOver {
  readonly record: ProcessRecord;
  readonly pastRuns: readonly PastRun[];
  /** The run that was up when the earlier pidnap ended, and that does not go on. */
  readonly lostRun: PastRun | null;
  readonly adopted: boolean;
}

/** Takes over one process, or begins it when there was none. An adopted run is taken out of the leftovers. */
export function takeOver(
  { state, resumed, shiftMs, leftovers, adopt }: Inheritance,
  found: { name: string; definition: ProcessDefinition; source: 'config' | 'api'; jitterSeed: number },
): TakenOver {
  const { name, definition } = found;
  const old = Object.hasOwn(state.records, name) ? state.records[name] : undefined;
  const before = old && rebaseRecord(old.record, shiftMs);
  const isSame = old?.definitionDigest === definitionDigest(definition);
  // What is not to be adopted is ended like any leftover and begins anew.
  const goesOn = resumed && isSame && (adopt || !isLive(old.record));
  const leader = old ? leaderOf(old.record) : null;
  const alive = goesOn && leader !== null && leftovers.isAlive({ name, run: old.record.runs, ...leader });
  const record = restoreRecord(before, { ...found, now: steadyNow(), resumed: goesOn, alive });
  if (alive) leftovers.adopt({ name, run: record.runs });
  const lostRun = before ? endedRun(before, record) : null;
  const known = (state.runs[name] ?? []).map((run) => rebasePastRun(run, shiftMs));
  const pastRuns = lostRun ? [...known, lostRun].slice(-KEPT_RUNS) : known;
  return { record, pastRuns, lostRun, adopted: alive };
}
