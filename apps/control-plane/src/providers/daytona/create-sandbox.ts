import type { ActionRef } from '@fettle/contract';
import { machinePorts } from '@fettle/core/machine-ports';
import { bootVariables, type CloudSurroundings } from '../cloud/boot-variables.ts';
import { inRegions, unknownRegion } from '../cloud/in-regions.ts';
import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { ProviderError, type NewMachine } from '../machine-provider.ts';
import type { DaytonaApi } from './daytona-api.ts';
import type { DaytonaFacts } from './daytona-facts.ts';
import { IMAGE_LABEL, MARK_LABEL, type Sandbox } from './sandbox.ts';

/** What new sandboxes are made from. */
export type DaytonaPlan = {
  /** Snapshot that machines without an image of their own are made from. */
  snapshot: string;
  surroundings: CloudSurroundings;
};

/**
 * Makes the sandbox of a machine, under the machine's own name. Whether an earlier try has made it already is asked
 * first, of the sandbox itself; Daytona's list lags behind. Daytona may answer only when the sandbox has started: then
 * the deadline of the call passes first, and the repeat finds it.
 */
export async function createSandbox(
  api: DaytonaApi,
  work: Work<DaytonaFacts>,
  { action, machine, plan }: { action: ActionRef; machine: NewMachine; plan: DaytonaPlan },
): Promise<void> {
  const mark = work.facts.mark ?? crypto.randomUUID();
  work.note({ mark, ports: machinePorts(machine.services), bootstrap: machine.bootstrap });
  const there = await api.sandbox(work.machineId);
  if (there !== null && there.state !== 'destroyed') return adopt(work, there);
  work.note({ created: false });
  if (machine.restoreCopyId !== null) await readyCopy(api, machine.restoreCopyId);
  const image = machine.image ?? plan.snapshot;
  const body = orderOf(machine, { mark, image, actionId: action.id, plan });
  await inRegions(machine, async (region, index) => {
    work.sending('create');
    try {
      await api.create({ ...body, ...(region === null ? {} : { target: region }) });
    } catch (error) {
      throw await explained(api, error, { region, index, image, machine });
    }
  });
  work.note({ created: true });
}

/** A try before this one has made it, or it is in the way. */
function adopt(work: Work<DaytonaFacts>, sandbox: Sandbox): void {
  if (sandbox.labels[MARK_LABEL] !== work.facts.mark)
    throw refused('CONFLICT', `At Daytona the name ${work.machineId} belongs to somebody else's sandbox`);
  // Unless this very action has asked for it, and the answer was lost.
  if (work.facts.created && work.doing.step === '') throw refused('CONFLICT', 'The machine is there already');
  work.note({ created: true });
}

/**
 * How large it is follows from its snapshot: Daytona refuses a size beside one. It stops only when we say so, or fail
 * to: our own watching knows when a machine is idle, and a sandbox that Daytona stops behind our back looks broken.
 */
function orderOf(
  machine: NewMachine,
  { mark, image, actionId, plan }: { mark: string; image: string; actionId: string; plan: DaytonaPlan },
): Record<string, unknown> {
  const { machineId, organization, project, slot, generation } = machine.identity;
  return {
    name: machineId,
    snapshot: machine.restoreCopyId ?? image,
    env: bootVariables(machine, { image, actionId, surroundings: plan.surroundings }),
    labels: {
      [MARK_LABEL]: mark,
      [IMAGE_LABEL]: image,
      'fettle.machine': machineId,
      'fettle.organization': organization,
      'fettle.project': project,
      'fettle.slot': slot,
      'fettle.generation': String(generation),
    },
    autoStopInterval: 0,
    // 0 is the longest that there is, 30 days; an archived one is started like any other.
    autoArchiveInterval: 0,
    // Never: only we destroy a machine.
    autoDeleteInterval: -1,
  };
}

async function readyCopy(api: DaytonaApi, copyId: string): Promise<void> {
  const copy = await api.snapshot(copyId);
  if (copy === null) throw refused('COPY_NOT_FOUND', `There is no copy ${copyId} at Daytona`);
  if (copy.state === 'error' || copy.state === 'build_failed')
    throw refused('COPY_CORRUPT', `The copy ${copyId} cannot be used: ${copy.errorReason ?? copy.state}`);
  if (copy.state === 'active') return;
  if (copy.state === 'inactive') await api.activateSnapshot(copy.id);
  throw new ProviderError('PROVIDER_FAILED', `The copy ${copyId} is not ready: ${copy.state}`, {
    retryable: true,
  });
}

/** A refusal says what is wrong in words only; what there is can be asked. */
async function explained(
  api: DaytonaApi,
  error: unknown,
  {
    region,
    index,
    image,
    machine,
  }: { region: string | null; index: number; image: string; machine: NewMachine },
): Promise<unknown> {
  if (!(error instanceof ProviderError) || !['BAD_REQUEST', 'NOT_FOUND'].includes(error.code)) return error;
  if (region !== null) {
    const known = await api.regions();
    if (!known.some(({ id, name }) => id === region || name === region))
      return unknownRegion(
        region,
        index,
        known.map(({ name }) => name),
      );
  }
  if (machine.restoreCopyId === null && (await api.snapshot(image)) === null)
    return refused('IMAGE_NOT_FOUND', `image: Daytona has no snapshot ${image}`);
  return error;
}
