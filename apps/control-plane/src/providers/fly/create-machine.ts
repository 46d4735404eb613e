import { BOOTSTRAP_PATH, type ActionRef } from '@fettle/contract';
import { machinePorts } from '@fettle/core/machine-ports';
import { bootstrapText, bootVariables, type CloudSurroundings } from '../cloud/boot-variables.ts';
import { inRegions, unknownRegion } from '../cloud/in-regions.ts';
import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { ProviderError, type NewMachine } from '../machine-provider.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';
import { machineName, MARK_KEY, type FlyMachine } from './machine.ts';
import { machineNamedIn } from './refusal-words.ts';
import { dropVolume, ensureVolume, machineOnVolume } from './volume.ts';

/** What new machines are made from. */
export type FlyPlan = {
  /** Image of machines without one of their own. */
  image: string;
  surroundings: CloudSurroundings;
  /** Where the volume is mounted: the machine's disk. */
  disk: string;
  /** Size of a new disk in GB. */
  volumeGb: number;
};

/** Fly counts memory in steps of this many MB (its docs, "Machine sizing"). */
const MEMORY_STEP_MB = 256;

/** Makes the volume of a machine and then the machine; an earlier try is carried on where it ended. */
export async function createMachine(
  api: FlyApi,
  work: Work<FlyFacts>,
  { action, machine, plan }: { action: ActionRef; machine: NewMachine; plan: FlyPlan },
): Promise<void> {
  const mark = work.facts.mark ?? crypto.randomUUID();
  work.note({ mark, ports: machinePorts(machine.services) });
  const { flyId } = work.facts;
  if (flyId !== null) {
    const there = await api.machine(flyId);
    if (there !== null && there.state !== 'destroyed')
      throw refused('CONFLICT', 'The machine is there already');
    work.note({ flyId: null });
  }
  const made = work.doing.step === 'machine' ? await machineOnVolume(api, work) : null;
  if (made !== null) return adopt(work, made);
  await inRegions(machine, async (region, index) => {
    try {
      await ensureVolume(api, work, { region, machine, leastGb: plan.volumeGb });
      const file = bootstrapFileOf(machine);
      await launch(api, work, {
        order: orderOf(machine, { mark, actionId: action.id, plan, facts: work.facts, file }),
        secrets: [machine.bootstrap, file.raw_value],
      });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const reason = await explained(api, error, region, index);
      // A disk without a machine is of no use, and is billed.
      const { volumeId } = work.facts;
      const isOver = reason.code === 'NO_CAPACITY' || !reason.retryable;
      if (isOver && volumeId !== null) await dropVolume(api, work, volumeId);
      throw reason;
    }
  });
}

async function launch(
  api: FlyApi,
  work: Work<FlyFacts>,
  { order, secrets }: { order: Record<string, unknown>; secrets: readonly string[] },
): Promise<void> {
  work.sending('machine');
  try {
    const { id } = await api.create(order, secrets);
    work.note({ flyId: id });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'CONFLICT') throw error;
    // The name is taken, perhaps by an earlier try. The list may not show it yet; a name has one machine at most.
    const named = machineNamedIn(error.message);
    const there = named === null ? null : await api.machine(named);
    if (there !== null) return adopt(work, there);
    if (!(await foundInList(api, work))) throw error;
  }
}

/** Whether the machine was found that an earlier try has made. */
async function foundInList(api: FlyApi, work: Work<FlyFacts>): Promise<boolean> {
  const name = machineName(work.machineId);
  const there = (await api.machines(work.facts.region)).find((machine) => machine.name === name);
  if (there === undefined) return false;
  adopt(work, there);
  return true;
}

function adopt(work: Work<FlyFacts>, machine: FlyMachine): void {
  if (machine.config?.metadata[MARK_KEY] !== work.facts.mark)
    throw refused('CONFLICT', `At Fly the name ${machine.name} belongs to somebody else's machine`);
  work.note({ flyId: machine.id });
}

function orderOf(
  machine: NewMachine,
  {
    mark,
    actionId,
    plan,
    facts,
    file,
  }: { mark: string; actionId: string; plan: FlyPlan; facts: FlyFacts; file: FlyFile },
): Record<string, unknown> {
  const { machineId, organization, project, slot, generation } = machine.identity;
  const { cpus = 1, memoryMb = 512 } = machine.limits;
  const image = machine.image ?? plan.image;
  return {
    name: machineName(machineId),
    ...(facts.region === null ? {} : { region: facts.region }),
    config: {
      image,
      env: bootVariables(machine, { image, actionId, surroundings: plan.surroundings }),
      files: [file],
      guest: {
        cpu_kind: 'shared',
        cpus: Math.ceil(cpus),
        memory_mb: Math.ceil(memoryMb / MEMORY_STEP_MB) * MEMORY_STEP_MB,
      },
      mounts: [{ volume: facts.volumeId, path: plan.disk }],
      metadata: {
        [MARK_KEY]: mark,
        fettle_machine: machineId,
        fettle_organization: organization,
        fettle_project: project,
        fettle_slot: slot,
        fettle_generation: String(generation),
      },
      // We decide when it is started, stopped and destroyed, and Fly's proxy does not.
      restart: { policy: 'no' },
      auto_destroy: false,
      services: Object.values(facts.ports).map((port) => ({
        protocol: 'tcp',
        internal_port: port,
        ports: [{ port, handlers: ['tls', 'http'] }],
        autostart: false,
        autostop: 'off',
      })),
    },
  };
}

/** Every process of the machine runs as the image's user, and who owns what Fly writes is not documented. */
const READABLE = 0o444;

/** The published `fly.File`, as far as it is used here. */
type FlyFile = { guest_path: string; raw_value: string; mode: number };

/** Fly writes it at every start until the config is another; the token in it is good for one exchange. */
function bootstrapFileOf({ identity, bootstrap }: NewMachine): FlyFile {
  const text = bootstrapText({ machineId: identity.machineId, token: bootstrap });
  return { guest_path: BOOTSTRAP_PATH, raw_value: btoa(text), mode: READABLE };
}

/** A refusal says what is wrong in words only; which regions there are can be asked. */
async function explained(
  api: FlyApi,
  error: ProviderError,
  region: string | null,
  index: number,
): Promise<ProviderError> {
  if (error.code === 'IMAGE_NOT_FOUND') return refused('IMAGE_NOT_FOUND', `image: ${error.message}`);
  if (region === null || !['BAD_REQUEST', 'NOT_FOUND'].includes(error.code)) return error;
  const known = await api.regions();
  return known.includes(region) ? error : unknownRegion(region, index, known);
}
