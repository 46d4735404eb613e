import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { writePrivately, type FleetFolder } from '../connection/fleet-state.ts';
import { systemCode } from '../failure.ts';
import { endProcesses, lives, type ProcessRef } from '../processes/end-processes.ts';
import { readProcesses, type ProcessEntry } from '../processes/process-table.ts';

/** Variable that marks what a warden starts for one state folder. Machines do not have it: they outlive a warden. */
export const FLEET_MARK = 'FETTLE_FLEET';

/** Parts of a fleet that run as processes, in the order in which they are ended. */
const PARTS = ['control-plane', 'provider-server', 'host-agent', 'analytics-engine'] as const;
export type PartName = (typeof PARTS)[number];

/** A host-agent parks its machines when it is asked to end; a killed one leaves them running. */
const GRACE_MS: Record<PartName, number> = {
  'control-plane': 3_000,
  'provider-server': 5_000,
  'host-agent': 30_000,
  'analytics-engine': 5_000,
};

const RunRecord = v.array(v.object({ part: v.picklist(PARTS), pid: v.number(), startMark: v.string() }));
type RunRecord = v.InferOutput<typeof RunRecord>;

/** What the warden has started, on disk, so that its successor can end what it left. */
export type RunLog = {
  set(part: PartName, process: ProcessRef): Promise<void>;
  clear(): Promise<void>;
};

/** Opens the record of a run; what an earlier run wrote is replaced. */
export function openRunLog(folder: FleetFolder): RunLog {
  let record: RunRecord = [];
  // Parts start side by side; their entries are written one after the other.
  let writing: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = writing.then(work);
    writing = done.catch(() => undefined); // whoever asked for it hears of it
    return done;
  };
  return {
    set(part, { pid, startMark }) {
      record = [...record.filter((entry) => entry.part !== part), { part, pid, startMark }];
      return inTurn(() => writePrivately(folder.runFile, `${JSON.stringify(record)}\n`));
    },
    clear: () => inTurn(() => rm(folder.runFile, { force: true })),
  };
}

/**
 * Ends what an earlier run left: the recorded processes and, on systems that show environments, everything with this
 * folder's mark (such as a workerd whose parent is gone). Returns what was found, for people.
 */
export async function endLeftovers(folder: FleetFolder): Promise<string[]> {
  const recorded = await readRunRecord(folder);
  const found: string[] = [];
  for (const part of PARTS) {
    for (const entry of recorded.filter((one) => one.part === part)) {
      if (!(await lives(entry))) continue;
      found.push(`${part} (pid ${entry.pid})`);
      await endProcesses([entry], GRACE_MS[part]);
    }
  }
  const marked = markedProcesses(await readProcesses(), folder.root);
  for (const entry of marked) found.push(`pid ${entry.pid}`);
  await endProcesses(marked, 3_000);
  await rm(folder.runFile, { force: true });
  return found;
}

/** The processes that carry the mark of this state folder. */
export function markedProcesses(entries: readonly ProcessEntry[], root: string): ProcessEntry[] {
  return entries.filter(
    ({ environment, pid }) => pid !== process.pid && environment.includes(`${FLEET_MARK}=${root}`),
  );
}

async function readRunRecord(folder: FleetFolder): Promise<RunRecord> {
  try {
    return v.parse(RunRecord, JSON.parse(await readFile(folder.runFile, 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    // It is replaced in one step, so it is whole or made by hand; the mark still finds what runs.
    if (error instanceof SyntaxError || v.isValiError(error)) return [];
    throw error;
  }
}
