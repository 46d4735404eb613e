import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ABSENT,
  UNKNOWN,
  type GatewayAddress,
  type MachineBackend,
  type Observation,
} from '../backend/machine-backend.ts';
import { packData, unpackArchive } from '../copies/archive.ts';
import { writeDurably } from '../disk/durable-file.ts';
import type { MachineRecord, MachineRecords } from '../disk/machine-records.ts';
import { removeFolder } from '../disk/remove-folder.ts';
import type { StateFolder } from '../disk/state-folder.ts';
import { HostFailure, systemCode } from '../host-failure.ts';
import { bootstrapText, machineSpecText } from '../machines/machine-spec-file.ts';
import { findFreePorts, isFree } from './free-ports.ts';
import { instanceIdOf, readInstance } from './instance-record.ts';
import { launch } from './launch.ts';
import { machineEnvironment } from './machine-environment.ts';
import { rotateOutput, tailLines } from './output-log.ts';
import { mainOf, membersOf, type ProcessEntry } from '../core/process-entry.ts';
import { execBeside } from './process-exec.ts';
import { imageFolder, listImages, type ProcessImage } from './process-image.ts';
import { readProcesses } from './process-table.ts';
import { terminate } from './terminate.ts';

const LOOPBACK = '127.0.0.1';
const ROTATE_EVERY_MS = 60_000;

/** What the process backend needs of its host. */
export interface ProcessBackendOptions {
  hostId: string;
  state: StateFolder;
  records: MachineRecords;
  image: ProcessImage;
  gateway: GatewayAddress;
  log: (message: string) => void;
}

/** Runs every machine as a process tree of this computer, in a session of its own, on a folder of its own. */
export function createProcessBackend({
  hostId,
  state,
  records,
  image,
  gateway,
  log,
}: ProcessBackendOptions): MachineBackend {
  const chosenPorts = new Set<number>();
  let lastPick: Promise<unknown> = Promise.resolve();

  async function look(machineId: string): Promise<{ main: ProcessEntry | null; members: ProcessEntry[] }> {
    const members = membersOf(await readProcesses(hostId), machineId);
    return { members, main: mainOf(members, await readInstance(state.machine(machineId).instance)) };
  }

  async function portsOfOthers(machineId: string | null): Promise<Set<number>> {
    const taken = new Set(chosenPorts);
    for (const id of await records.list()) {
      if (id === machineId) continue;
      for (const port of Object.values((await records.read(id))?.ports ?? {})) taken.add(port);
    }
    return taken;
  }

  /** One after the other: machines that are created at the same time must not find the same ports free. */
  function pickPorts(names: string[], machineId: string | null): Promise<Record<string, number>> {
    const picked = lastPick.then(async () => {
      const ports = await findFreePorts(names, { taken: await portsOfOthers(machineId), hostId });
      for (const port of Object.values(ports)) chosenPorts.add(port);
      return ports;
    });
    lastPick = picked.catch(() => undefined);
    return picked;
  }

  /** Keeps the ports of the last run unless someone else has taken one of them meanwhile. */
  async function portsForStart(record: MachineRecord): Promise<MachineRecord> {
    const free = await Promise.all(Object.values(record.ports).map(isFree));
    if (free.every(Boolean)) return record;
    const moved = { ...record, ports: await pickPorts(Object.keys(record.ports), record.identity.machineId) };
    await records.write(moved);
    return moved;
  }

  async function observe(machineId: string): Promise<Observation> {
    const { disk, instance } = state.machine(machineId);
    const diskPresent = await isFolder(disk);
    const { main } = await look(machineId);
    const [record, last] = [await records.read(machineId), await readInstance(instance)];
    const known = { image: record?.image ?? null, memoryKilled: false, trouble: null, diskPresent };
    if (main !== null) {
      const startedAt = last?.pid === main.pid ? last.startedAt : null;
      return { ...known, state: 'running', instanceId: instanceIdOf(main), startedAt, exitCode: null };
    }
    if (!diskPresent) return ABSENT;
    const instanceId = last === null ? null : instanceIdOf(last);
    const state_ = { startedAt: last?.startedAt ?? null, exitCode: last?.exitCode ?? null };
    return { ...known, state: 'stopped', instanceId, ...state_ };
  }

  const rotation = setInterval(() => {
    void records
      .list()
      .then((ids) => Promise.all(ids.map((id) => rotateOutput(state.machine(id).output))))
      .catch((error: unknown) => log(`output was not rotated: ${String(error)}`));
  }, ROTATE_EVERY_MS);
  rotation.unref();

  return {
    kind: 'process',
    image: image.hash,
    images: () => listImages(state.images),
    engine: `processes on Node ${process.version}`,

    choosePorts: (services) => pickPorts(['pidnap', 'daemon', ...services.map(({ name }) => name)], null),

    async prepare(record, { bootstrap, restore }) {
      const { machineId } = record.identity;
      const { disk } = state.machine(machineId);
      if ((await look(machineId)).members.length > 0 || (await isFolder(disk))) {
        throw new HostFailure('CONFLICT', 'Something of this machine is there already; destroy it first');
      }
      for (const name of ['fettle', 'data', 'home']) {
        await mkdir(join(disk, name), { recursive: true, mode: 0o700 });
      }
      const leftOut = restore === null ? [] : await unpackArchive(restore, disk);
      if (leftOut.length > 0) {
        log(`${machineId}: ${leftOut.length} links that lead out of its data were not restored`);
      }
      if (bootstrap !== null)
        await writeDurably(join(disk, 'fettle', 'bootstrap.json'), bootstrapText(record, bootstrap), 0o400);
      await writeDurably(join(disk, 'fettle', 'machine.json'), machineSpecText(record, gateway, LOOPBACK));
    },

    async start(record) {
      const { machineId } = record.identity;
      const folder = state.machine(machineId);
      if (!(await isFolder(folder.disk)))
        throw new HostFailure('MACHINE_NOT_FOUND', 'The disk of the machine is gone');
      const { main, members } = await look(machineId);
      if (main !== null) return;
      // Services that outlived their supervisor hold ports and files of the machine.
      if (members.length > 0) await terminate({ machineId, hostId, recorded: null, graceMs: 2_000 });
      const placed = await portsForStart(record);
      await writeDurably(
        join(folder.disk, 'fettle', 'machine.json'),
        machineSpecText(placed, gateway, LOOPBACK),
      );
      for (const port of Object.values(placed.ports)) chosenPorts.delete(port);
      await rotateOutput(folder.output);
      await launch({ machineId, hostId, folder, image: imageFolder(state.images, record.image) });
    },

    async stop(machineId) {
      await terminate({ machineId, hostId, recorded: await readInstance(state.machine(machineId).instance) });
    },

    async destroy(machineId) {
      const { disk, instance, output } = state.machine(machineId);
      for (const port of Object.values((await records.read(machineId))?.ports ?? {}))
        chosenPorts.delete(port);
      const recorded = await readInstance(instance);
      await terminate({ machineId, hostId, recorded, graceMs: 3_000 });
      await removeFolder(disk);
      for (const file of [instance, output, `${output}.1`]) await rm(file, { force: true });
    },

    // A stopped process tree has nothing but its disk; there is nothing to take down or to set up.
    async release() {},
    async reclaim() {},

    observe: (machineId) => observe(machineId).catch(() => UNKNOWN),

    async list() {
      const marked = (await readProcesses(hostId)).flatMap(({ machineId }) => machineId ?? []);
      return [...new Set([...marked, ...(await records.list())])].toSorted();
    },

    async exec(machineId, command) {
      const { disk } = state.machine(machineId);
      const { main } = await look(machineId);
      if (main === null) {
        if (!(await isFolder(disk))) throw new HostFailure('MACHINE_NOT_FOUND');
        throw new HostFailure('CONFLICT', 'The machine does not run');
      }
      return execBeside(command, { disk, environment: machineEnvironment({ machineId, hostId, disk }) });
    },

    logs: (machineId, tail) => tailLines(state.machine(machineId).output, tail),

    async address(record, portName) {
      const port = record.ports[portName];
      if (port === undefined)
        throw new HostFailure('SERVICE_NOT_FOUND', 'The machine has no port of this name');
      const { main } = await look(record.identity.machineId);
      // Another program may have taken the port of a machine that does not run.
      if (main === null) throw new HostFailure('MACHINE_UNREACHABLE', 'The machine does not run');
      return { host: LOOPBACK, port };
    },

    async readData(machineId) {
      const { disk } = state.machine(machineId);
      if (!(await isFolder(join(disk, 'data'))))
        throw new HostFailure('MACHINE_NOT_FOUND', 'The data is gone');
      return packData(disk);
    },

    async close() {
      clearInterval(rotation);
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}
