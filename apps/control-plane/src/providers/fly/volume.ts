import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { ProviderError, type NewMachine } from '../machine-provider.ts';
import { readCopyId } from './copy-volume.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';
import { volumeName, type FlyMachine, type Volume } from './machine.ts';

/** States of a volume that is going or gone (fly-go, flaps_volumes.go), and the one that says it is. */
const GOING = [
  'scheduling_destroy',
  'fork_cleanup',
  'waiting_for_detach',
  'pending_destroy',
  'destroying',
  'destroyed',
];

/** The volume that is to be the machine's disk in this region, made if there is none; from a copy where one is given. */
export async function ensureVolume(
  api: FlyApi,
  work: Work<FlyFacts>,
  order: { region: string | null; machine: NewMachine; leastGb: number },
): Promise<void> {
  const { region, machine, leastGb } = order;
  const known = await presentVolume(api, work);
  if (known !== null && (region === null || known.region === region)) return noteVolume(work, known);
  if (known !== null) await dropVolume(api, work, known.id);
  const copy = machine.restoreCopyId === null ? null : readCopyId(machine.restoreCopyId);
  work.note({ volumeAsked: true });
  work.sending('volume');
  const made = await api
    .createVolume({
      name: volumeName(work.facts.mark ?? ''),
      ...(region === null ? {} : { region }),
      ...(copy === null ? {} : { snapshot_id: copy.snapshotId }),
      // A disk that is smaller than the one that was copied cannot take its copy.
      size_gb: Math.max(leastGb, copy?.sizeGb ?? 0),
    })
    .catch((error: unknown) => {
      throw copy === null ? error : aboutCopy(error, machine.restoreCopyId ?? '');
    });
  noteVolume(work, made);
}

/**
 * The machine that a create has made whose answer was lost: unlike the list, its volume tells of it at once. `null`: there
 * is none.
 */
export async function machineOnVolume(api: FlyApi, { facts }: Work<FlyFacts>): Promise<FlyMachine | null> {
  const { volumeId } = facts;
  const volume = volumeId === null ? null : await api.volume(volumeId);
  const attached = volume?.attached_machine_id ?? null;
  return attached === null ? null : api.machine(attached);
}

/** Removes every volume of the machine, also one whose answer was lost. */
export async function removeVolumes(api: FlyApi, work: Work<FlyFacts>): Promise<void> {
  const { mark, volumeId, volumeAsked } = work.facts;
  if (volumeId !== null) await dropVolume(api, work, volumeId);
  if (!volumeAsked || mark === null) return;
  for (const { id } of await namedAfter(api, mark)) await api.removeVolume(id);
  work.note({ volumeAsked: false });
}

/** Removes one volume. */
export async function dropVolume(api: FlyApi, work: Work<FlyFacts>, id: string): Promise<void> {
  await api.removeVolume(id);
  work.note({ volumeId: null, volumeGb: null, region: null });
}

async function presentVolume(api: FlyApi, work: Work<FlyFacts>): Promise<Volume | null> {
  const { mark, volumeId, volumeAsked } = work.facts;
  const known = volumeId === null ? null : await api.volume(volumeId);
  if (known !== null && !GOING.includes(known.state)) return known;
  if (!volumeAsked || mark === null) return null;
  const [found] = await namedAfter(api, mark);
  return found ?? null;
}

async function namedAfter(api: FlyApi, mark: string): Promise<Volume[]> {
  const name = volumeName(mark);
  return (await api.volumes()).filter((volume) => volume.name === name && !GOING.includes(volume.state));
}

function noteVolume(work: Work<FlyFacts>, { id, region, size_gb }: Volume): void {
  work.note({ volumeId: id, region, volumeGb: size_gb });
}

function aboutCopy(error: unknown, copyId: string): unknown {
  if (!(error instanceof ProviderError) || !/snapshot/i.test(error.message)) return error;
  return ['NOT_FOUND', 'BAD_REQUEST'].includes(error.code)
    ? refused('COPY_NOT_FOUND', `There is no copy ${copyId} at Fly: ${error.message}`)
    : error;
}
