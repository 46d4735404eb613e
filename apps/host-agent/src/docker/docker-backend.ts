import { createReadStream } from 'node:fs';
import { finished, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { machinePorts } from '@fettle/core/machine-ports';
import type { Container, ContainerInspectInfo } from 'dockerode';
import {
  ABSENT,
  UNKNOWN,
  type DiskContent,
  type GatewayAddress,
  type MachineBackend,
} from '../backend/machine-backend.ts';
import type { MachineRecord, MachineRecords } from '../disk/machine-records.ts';
import { HostFailure } from '../host-failure.ts';
import { bootstrapText, machineSpecText } from '../machines/machine-spec-file.ts';
import { lastLines } from '../process/output-log.ts';
import {
  containerSpec,
  DISK_PATH,
  HOST_LABEL,
  MACHINE_LABEL,
  MACHINE_USER,
  machineLabels,
  machineName,
  readerSpec,
  ROLE_LABEL,
  STOP_GRACE_S,
} from '../core/container-spec.ts';
import { observationOf } from '../core/container-state.ts';
import { execInside } from './docker-exec.ts';
import { accepting, refusalStatus, type Engine } from './engine.ts';
import { listMachineImages } from './machine-image.ts';
import { textOfFrames } from '../core/log-frames.ts';
import { tarOf, type TarEntry } from './tar-of.ts';

/** Containers listen on all their addresses; only what is published on the host's loopback leads there. */
const LISTEN_HOST = '0.0.0.0';

/** What the Docker backend needs of its host. */
export interface DockerBackendOptions {
  engine: Engine;
  hostId: string;
  records: MachineRecords;
  image: string;
  network: string;
  gateway: GatewayAddress;
  extraHosts: string[];
}

/** Runs every machine as a container with a volume. Only what carries this host's label is looked at or touched. */
export function createDockerBackend(options: DockerBackendOptions): MachineBackend {
  const { engine, hostId, records, image, network, gateway, extraHosts } = options;
  const { quick, steady, patient } = engine;
  const nameOf = (machineId: string) => machineName(hostId, machineId);

  /** The container with a machine's name, whoever made it. */
  async function named(machineId: string): Promise<ContainerInspectInfo | null> {
    return orNull(quick.getContainer(nameOf(machineId)).inspect());
  }

  async function own(machineId: string): Promise<ContainerInspectInfo | null> {
    const info = await named(machineId);
    return info?.Config.Labels[HOST_LABEL] === hostId ? info : null;
  }

  async function existing(machineId: string): Promise<ContainerInspectInfo> {
    const info = await own(machineId);
    if (info === null) throw new HostFailure('MACHINE_NOT_FOUND', 'The container of the machine is gone');
    return info;
  }

  async function ownVolume(machineId: string): Promise<boolean> {
    const volume = await orNull(quick.getVolume(nameOf(machineId)).inspect());
    return volume?.Labels?.[HOST_LABEL] === hostId;
  }

  async function createContainer(record: MachineRecord): Promise<Container> {
    return steady.createContainer(containerSpec(record, { hostId, network, extraHosts }));
  }

  /** Puts files on the disk of a container, running or not. They belong to the machine's user. */
  async function upload(containerId: string, entries: readonly Omit<TarEntry, 'owner'>[]): Promise<void> {
    const archive = tarOf(entries.map((entry) => ({ ...entry, owner: MACHINE_USER })));
    await steady.getContainer(containerId).putArchive(archive, { path: DISK_PATH });
  }

  async function resumeIfPaused(info: ContainerInspectInfo): Promise<void> {
    // A paused container takes no signal. The engine says 409 or 500 when it is not paused any more.
    if (info.State.Paused) await accepting([409, 500], steady.getContainer(info.Id).unpause());
  }

  async function removeContainer(machineId: string): Promise<void> {
    const info = await own(machineId);
    if (info === null) return;
    const container = steady.getContainer(info.Id);
    // 409: another removal is under way; both are over when the container is.
    await accepting([404, 409], container.remove({ force: true }));
    await accepting([404], container.wait({ condition: 'removed' }));
  }

  const machineFile = (record: MachineRecord) => ({
    path: 'fettle/machine.json',
    mode: 0o644,
    content: Buffer.from(machineSpecText(record, gateway, LISTEN_HOST)),
  });

  async function fillDisk(containerId: string, record: MachineRecord, { bootstrap, restore }: DiskContent) {
    const content = bootstrap === null ? null : Buffer.from(bootstrapText(record, bootstrap));
    await upload(containerId, [
      ...['fettle', 'data', 'home'].map((path) => ({ path, mode: 0o700 })),
      machineFile(record),
      ...(content === null ? [] : [{ path: 'fettle/bootstrap.json', mode: 0o400, content }]),
    ]);
    if (restore === null) return;
    // Everything in an archive belongs to the machine's user already.
    const unpacked = createReadStream(restore).compose(createGunzip());
    await patient.getContainer(containerId).putArchive(unpacked, { path: DISK_PATH });
  }

  return {
    kind: 'docker',
    image,
    images: () => listMachineImages(engine),
    engine: engine.description,

    choosePorts: async (services) => machinePorts(services),

    async prepare(record, content) {
      const { machineId } = record.identity;
      if ((await named(machineId)) !== null || (await ownVolume(machineId))) {
        throw new HostFailure('CONFLICT', 'Something with the name of this machine is there already');
      }
      await steady.createVolume({ Name: nameOf(machineId), Labels: machineLabels(hostId, record) });
      const { id } = await createContainer(record);
      await fillDisk(id, record, content);
    },

    async start(record) {
      const info = await existing(record.identity.machineId);
      await resumeIfPaused(info);
      if (info.State.Running) return;
      await upload(info.Id, [machineFile(record)]);
      // 304: it runs already.
      await accepting([304], steady.getContainer(info.Id).start());
    },

    async stop(machineId) {
      const info = await own(machineId);
      if (info === null) return;
      await resumeIfPaused(info);
      await accepting([304, 404], steady.getContainer(info.Id).stop({ t: STOP_GRACE_S }));
    },

    async destroy(machineId) {
      await removeContainer(machineId);
      if (await ownVolume(machineId)) await accepting([404], steady.getVolume(nameOf(machineId)).remove());
    },

    release: removeContainer,

    async reclaim(record) {
      const { machineId } = record.identity;
      if ((await own(machineId)) !== null) return;
      if (!(await ownVolume(machineId)))
        throw new HostFailure('MACHINE_NOT_FOUND', 'The volume of the machine is gone');
      await createContainer(record);
    },

    async observe(machineId) {
      try {
        const [info, diskPresent] = await Promise.all([own(machineId), ownVolume(machineId)]);
        return info === null ? { ...ABSENT, diskPresent } : observationOf(info, diskPresent);
      } catch {
        // The engine does not answer: nothing is known of the machine, and that is the answer.
        return UNKNOWN;
      }
    },

    async list() {
      const label = [`${HOST_LABEL}=${hostId}`, `${ROLE_LABEL}=machine`];
      const containers = await quick.listContainers({ all: true, filters: { label } });
      const { Volumes } = await quick.listVolumes({ filters: { label } });
      const labelled = [...containers, ...Volumes].flatMap(({ Labels }) => Labels?.[MACHINE_LABEL] ?? []);
      return [...new Set([...labelled, ...(await records.list())])].toSorted();
    },

    async exec(machineId, command) {
      const { Id, State } = await existing(machineId);
      if (!State.Running || State.Paused) throw new HostFailure('CONFLICT', 'The machine does not run');
      return execInside(steady.getContainer(Id), command);
    },

    async logs(machineId, tail) {
      const info = await own(machineId);
      if (info === null || tail <= 0) return [];
      const frames = await steady
        .getContainer(info.Id)
        .logs({ stdout: true, stderr: true, tail, follow: false });
      return lastLines(textOfFrames(frames), tail);
    },

    async address({ identity, ports }, portName) {
      const port = ports[portName];
      if (port === undefined)
        throw new HostFailure('SERVICE_NOT_FOUND', 'The machine has no port of this name');
      const { State, NetworkSettings } = await existing(identity.machineId);
      const binding = NetworkSettings.Ports[`${port}/tcp`]?.[0];
      if (!State.Running || binding === undefined)
        throw new HostFailure('MACHINE_UNREACHABLE', 'The machine does not run');
      return { host: '127.0.0.1', port: Number(binding.HostPort) };
    },

    async readData(machineId) {
      if (!(await ownVolume(machineId)))
        throw new HostFailure('MACHINE_NOT_FOUND', 'The volume of the machine is gone');
      const reader = await steady.createContainer(readerSpec({ hostId, image, volume: nameOf(machineId) }));
      const remove = () => accepting([404], reader.remove({ force: true }));
      try {
        const archive = await patient.getContainer(reader.id).getArchive({ path: `${DISK_PATH}/data` });
        finished(archive, () => {
          // A reader that stays behind is removed at the next start of the host-agent.
          remove().catch((error: unknown) =>
            process.stderr.write(`host-agent: a reader stays: ${String(error)}\n`),
          );
        });
        return archive as Readable;
      } catch (error) {
        await remove();
        throw error;
      }
    },

    async close() {},
  };
}

/** The answer, or `null` when the engine says that there is no such thing. */
async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (refusalStatus(error) === 404) return null;
    throw error;
  }
}
