/** What a look at a sandbox tells. */
import type { Inspection } from '@fettle/contract';
import { absentMachine, lastCopyOf, operationOf } from '../cloud/cloud-entry.ts';
import type { Work } from '../cloud/work.ts';
import type { DaytonaFacts } from './daytona-facts.ts';
import { IMAGE_LABEL, MARK_LABEL, type Sandbox } from './sandbox.ts';
import { stateOf } from './sandbox-state.ts';

/** A sandbox that only has the name of ours is none. By its id it is known even when somebody has replaced its labels. */
export function ours(
  sandbox: Sandbox | null,
  { mark, sandboxId }: Pick<DaytonaFacts, 'mark' | 'sandboxId'>,
): Sandbox | null {
  return sandbox?.id === sandboxId || sandbox?.labels[MARK_LABEL] === mark ? sandbox : null;
}

/** Daytona does not number the runs of a sandbox: they are counted as they are seen. */
export function noteRun(work: Work<DaytonaFacts>, sandbox: Sandbox | null): void {
  if (sandbox === null) return work.note({ runs: false, runSince: null });
  const { runs, run } = work.facts;
  const state = stateOf(sandbox);
  const found = { created: true, sandboxId: sandbox.id };
  if (state === 'running' && !runs) work.note({ ...found, runs: true, run: run + 1, runSince: work.now() });
  else if (state !== 'running' && state !== 'unknown') work.note({ ...found, runs: false, runSince: null });
  else work.note(found);
}

/** What is told of a machine, as its sandbox was found. */
export function inspectionOf(work: Work<DaytonaFacts>, sandbox: Sandbox | null): Inspection {
  const { machineId, facts, entry } = work;
  const known = { ...absentMachine(machineId), operation: operationOf(entry), lastCopy: lastCopyOf(entry) };
  if (sandbox === null || sandbox.state === 'destroyed') return known;
  return {
    ...known,
    state: stateOf(sandbox),
    instanceId: `${sandbox.id}#${facts.run}`,
    image: sandbox.labels[IMAGE_LABEL] ?? sandbox.snapshot,
    startedAt: facts.runSince,
    trouble: sandbox.errorReason,
    diskPresent: sandbox.state !== 'destroying',
    host: sandbox.runnerId,
  };
}
