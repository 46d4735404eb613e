import { randomBytes } from 'node:crypto';
import { bootstrapIn } from '../host/bootstrap-file.ts';
import { machineOrder, type MachineOrder } from '../host/machine-order.ts';
import { HostProblem } from '../host/host-machines.ts';
import { Refusal } from '../server/call.ts';
import type { Machines, Machine } from './machines.ts';
import type { FlyParts } from './parts.ts';
import type { MachineConfig, MachineRecord, VolumeRecord } from './record.ts';

/** What a machine gets unasked: the smallest of Fly's presets. */
const UNASKED = { cpus: 1, memory_mb: 256 };

/** The host's order for a configuration. Everything that can be refused is refused here, before anything is there. */
export async function orderFor(
  parts: FlyParts,
  config: MachineConfig,
  volume: VolumeRecord | null,
): Promise<{ order: MachineOrder; ports: MachineRecord['ports'] }> {
  const { image } = config;
  if (image === undefined || image === '')
    throw new Refusal(400, 'invalid_argument: config.image is required');
  await assertImage(parts, image);
  const ordered = machineOrder({
    env: config.env ?? {},
    type: 'fly',
    image,
    limits: {
      memoryMb: config.guest?.memory_mb ?? UNASKED.memory_mb,
      cpus: config.guest?.cpus ?? UNASKED.cpus,
    },
    restoreCopyId: volume?.restoreCopyId ?? null,
    blank: { id: randomBytes(6).toString('hex'), commandKey: randomBytes(32).toString('base64url') },
  });
  if ('wrong' in ordered) throw new Refusal(400, `invalid_argument: config.${ordered.wrong}`);
  const bootstrap = bootstrapIn(config.files ?? [], ordered.order.identity.machineId);
  if ('wrong' in bootstrap) throw new Refusal(400, `invalid_argument: config.${bootstrap.wrong}`);
  ordered.order.bootstrap = bootstrap.token;
  const diskOf = volume?.diskOf ?? null;
  if (diskOf !== null && diskOf !== ordered.order.identity.machineId)
    throw new Refusal(412, `failed_precondition: the disk of volume ${volume?.id} is that of ${diskOf}`);
  return ordered;
}

/** The volume that a configuration mounts; `null`: none. */
export function volumeFor(
  parts: FlyParts,
  config: MachineConfig,
  at: { app: string; region: string },
): VolumeRecord | null {
  const [mount, ...more] = config.mounts ?? [];
  if (mount === undefined) return null;
  if (more.length > 0) throw new Refusal(400, 'invalid_argument: a machine can mount one volume');
  const volume = parts.file.state.volumes.find(({ id, app }) => id === mount.volume && app === at.app);
  if (volume === undefined || volume.removal !== null)
    throw new Refusal(400, `invalid_argument: volume ${mount.volume ?? '(none)'} not found`);
  if (volume.region !== at.region)
    throw new Refusal(400, `invalid_argument: volume ${volume.id} is in region ${volume.region}`);
  return volume;
}

/** Starts a machine, by whatever it takes: making it, bringing it up to date, or its start alone. */
export function launch(
  { host, file }: FlyParts,
  machines: Machines,
  record: MachineRecord,
): Promise<Machine> {
  const { order, machineId } = record;
  if (record.rests !== 'created') {
    const send = (action: Parameters<typeof host.act>[2]) =>
      record.outOfDate
        ? host.rebuild(machineId, { action, image: order.image!, versions: order.versions })
        : host.act('start', machineId, action);
    return machines.begin(record.id, 'start', send);
  }
  const volume = file.state.volumes.find(({ id }) => id === record.volumeId);
  if (volume?.diskOf === machineId)
    // An earlier machine with this disk was destroyed; its disk is run again.
    return machines.begin(record.id, 'create', (action) =>
      host.rebuild(machineId, { action, image: order.image!, versions: order.versions }),
    );
  if (volume !== undefined)
    file.change((state) => void (state.volumes.find(({ id }) => id === volume.id)!.diskOf = machineId));
  return machines.begin(record.id, 'create', (action) => host.create({ action, ...order }));
}

async function assertImage({ host }: FlyParts, image: string): Promise<void> {
  let images;
  try {
    images = await host.images();
  } catch (error) {
    if (error instanceof HostProblem)
      throw new Refusal(500, 'unavailable: no host answers', { cause: error });
    throw error;
  }
  if (!images.some((each) => each.image === image))
    throw new Refusal(400, `invalid_argument: failed to get manifest ${image}: not found`);
}
