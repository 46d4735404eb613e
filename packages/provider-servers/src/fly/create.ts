import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { Refusal, textParameter, type Answer, type Call } from '../server/call.ts';
import { machineAnswer } from './answers.ts';
import { assertApp } from './apps.ts';
import { assertLease, newLease } from './leases.ts';
import { assertSettled, findMachine } from './find-machine.ts';
import { launch, orderFor, volumeFor } from './launch.ts';
import { eventOf, type Machine, type Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';
import { MachineConfig, type MachineRecord } from './record.ts';

/** The published bodies of create and update, as far as they are read here. */
type Asked = {
  name?: string;
  region?: string;
  config?: unknown;
  lease_ttl?: number;
  skip_launch?: boolean;
  current_version?: string;
};

/** Creates a machine, and starts it unless it is asked not to. */
export async function createMachine(parts: FlyParts, machines: Machines, call: Call): Promise<Answer> {
  const { file, faults } = parts;
  const app = assertApp(file.state, textParameter(call, 'app_name'));
  const asked = call.body as Asked;
  const config = configOf(asked.config);
  const region = regionOf(parts, asked.region);
  if (faults.take('no-capacity', (fault) => fault.region === undefined || fault.region === region) !== null)
    throw noRoom();
  const volume = volumeFor(parts, config, { app, region });
  const { order, ports } = await orderFor(parts, config, volume);
  const id = randomBytes(7).toString('hex');
  const record: MachineRecord = {
    id,
    app,
    name: asked.name ?? `machine-${id.slice(0, 6)}`,
    region,
    machineId: order.identity.machineId,
    instanceId: newVersion(call.now),
    config,
    volumeId: volume?.id ?? null,
    createdAt: call.now,
    updatedAt: call.now,
    rests: 'created',
    change: null,
    outOfDate: false,
    ended: null,
    restarts: { since: 0, count: 0 },
    lease: asked.lease_ttl === undefined ? null : newLease(asked.lease_ttl, call.now),
    events: [eventOf('launch', 'user', 'created', call.now)],
    ports,
    order,
  };
  file.change((state) => {
    const same = state.machines.find(
      (machine) => machine.app === app && machine.name === record.name && machine.rests !== 'destroyed',
    );
    if (same !== undefined)
      throw new Refusal(
        409,
        `already_exists: unique machine name violation, machine ID ${same.id} already exists with name "${same.name}"`,
      );
    const mounted = state.volumes.find((each) => each.id === volume?.id);
    if (mounted !== undefined && mounted.attachedTo !== null)
      throw new Refusal(
        412,
        `failed_precondition: volume ${mounted.id} is attached to machine ${mounted.attachedTo}`,
      );
    if (mounted !== undefined) mounted.attachedTo = id;
    state.machines.push(record);
  });
  const machine =
    asked.skip_launch === true ? await machines.find(app, id) : await launch(parts, machines, record);
  const nonce = record.lease === null ? {} : { nonce: record.lease.nonce };
  return { status: 200, body: { ...machineAnswer(machine.record, machine.told), ...nonce } };
}

/** Replaces a machine's whole configuration. The machine is started with it unless that is not asked for. */
export async function updateMachine(parts: FlyParts, machines: Machines, call: Call): Promise<Answer> {
  const { host } = parts;
  const asked = call.body as Asked;
  const { record } = assertUpdatable(await findMachine(machines, call), asked, call);
  if (asked.region !== undefined && asked.region !== record.region)
    throw new Refusal(400, 'invalid_argument: region cannot be changed');
  const config = configOf(asked.config);
  const volume = volumeFor(parts, config, record);
  if ((volume?.id ?? null) !== record.volumeId)
    throw new Refusal(400, 'invalid_argument: config.mounts cannot be changed');
  const { order, ports } = await orderFor(parts, config, volume);
  if (order.identity.machineId !== record.machineId)
    throw new Refusal(400, 'invalid_argument: config.env must be of the same machine');
  // The host was asked meanwhile, and another update may have come.
  const { record: present } = assertUpdatable(await findMachine(machines, call), asked, call);
  const rebuilds =
    order.image !== present.order.image ||
    JSON.stringify(order.versions) !== JSON.stringify(present.order.versions);
  const outOfDate = present.rests !== 'created' && (present.outOfDate || rebuilds);
  const instanceId = newVersion(call.now);
  const changes = {
    config,
    order,
    ports,
    instanceId,
    ...(asked.name === undefined ? {} : { name: asked.name }),
  };
  if (asked.skip_launch === true || present.rests === 'created') {
    machines.change(record.id, { ...changes, outOfDate }, eventOf('update', 'user', 'replacing', call.now));
    if (present.rests === 'started')
      await machines.begin(record.id, 'stop', (action) => host.act('stop', record.machineId, action));
  } else {
    await machines.begin(
      record.id,
      'update',
      (action) =>
        outOfDate
          ? host.rebuild(record.machineId, { action, image: order.image!, versions: order.versions })
          : host.act(present.rests === 'started' ? 'restart' : 'start', record.machineId, action),
      { changes: { ...changes, outOfDate } },
    );
  }
  const updated = await findMachine(machines, call);
  return { status: 200, body: machineAnswer(updated.record, updated.told) };
}

function assertUpdatable(machine: Machine, { current_version: version }: Asked, call: Call): Machine {
  const { record } = machine;
  assertLease(record, call);
  if (record.rests === 'destroyed' || record.rests === 'failed')
    throw new Refusal(
      412,
      `failed_precondition: unable to update machine from current state: '${record.rests}'`,
    );
  if (version !== undefined && version !== record.instanceId)
    throw new Refusal(412, `failed_precondition: current version is ${record.instanceId}`);
  assertSettled(machine, 'update');
  return machine;
}

/** The region that is asked for, or the first. */
export function regionOf({ regions }: FlyParts, asked: string | undefined): string {
  const region = asked === undefined || asked === '' ? regions[0] : asked;
  if (region === undefined || !regions.includes(region))
    throw new Refusal(400, `invalid_argument: region ${asked ?? ''} not found`);
  return region;
}

/** What Fly says when a region has no room, with its published word for it. */
export function noRoom(): Refusal {
  return new Refusal(
    409,
    'aborted: could not reserve resource for your machine: insufficient resources available to fulfill request',
    { code: 'insufficient_capacity' },
  );
}

function configOf(asked: unknown): MachineConfig {
  const parsed = v.safeParse(MachineConfig, asked);
  if (parsed.success) return parsed.output;
  throw new Refusal(
    400,
    `invalid_argument: config.${v.getDotPath(parsed.issues[0]) ?? ''} is not what was expected`,
  );
}

function newVersion(now: number): string {
  return `01${now.toString(32).toUpperCase()}${randomBytes(7).toString('hex').toUpperCase()}`;
}
