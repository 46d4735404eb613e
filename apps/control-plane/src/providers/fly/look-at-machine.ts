/** What a look at a machine of Fly tells. */
import type { Inspection } from '@fettle/contract';
import { absentMachine, lastCopyOf, operationOf } from '../cloud/cloud-entry.ts';
import type { Work } from '../cloud/work.ts';
import type { FlyFacts } from './fly-facts.ts';
import type { FlyMachine } from './machine.ts';
import { hasFailed, lastExit, lastStart, runOf, stateOf } from './machine-state.ts';

/** What is told of a machine, as it was found. */
export function inspectionOf(work: Work<FlyFacts>, machine: FlyMachine | null): Inspection {
  const { machineId, facts, entry } = work;
  const known = {
    ...absentMachine(machineId),
    operation: operationOf(entry),
    lastCopy: lastCopyOf(entry),
    // Only a destroy of ours removes the volume.
    diskPresent: facts.volumeId !== null,
  };
  if (machine === null || machine.state === 'destroyed') return known;
  const state = stateOf(machine);
  const isMade = work.running?.operation.kind === 'create' && machine.state === 'created';
  const exit = state === 'running' ? null : lastExit(machine)?.request?.exit_event;
  return {
    ...known,
    state: isMade ? 'creating' : state,
    instanceId: runOf(machine),
    image: machine.config?.image ?? null,
    startedAt: state === 'running' ? (lastStart(machine)?.timestamp ?? null) : null,
    exitCode: exit?.exit_code ?? null,
    memoryKilled: exit?.oom_killed ?? false,
    trouble: troubleOf(machine),
  };
}

function troubleOf(machine: FlyMachine): string | null {
  if (machine.host_status !== null && machine.host_status !== 'ok')
    return `Fly says that the machine's host is ${machine.host_status}`;
  return hasFailed(machine) ? `Fly says that the machine is ${machine.state}` : null;
}
