/**
 * The worker as it ships, with a witness: it tells the host of every alarm, stops at points in and between the objects
 * where nobody outside could otherwise be asked, and has single objects end when the test wants it.
 */
import type { MachineRecord, ProjectRecord } from '@fettle/core';
import type { Env } from '../../src/env.ts';
import shipped, {
  LocalDockerMachine as ShippedMachine,
  Project as ShippedProject,
} from '../../src/worker.ts';

import { witnessBucket } from './witness-bucket.ts';

export { DaytonaMachine, Directory, FlyMachine, Operators } from '../../src/worker.ts';

/** A place inside workerd that an object has come to. */
export type WitnessedPoint = {
  object: string;
  what: string;
  /** `handover`: something between two objects that must count once. `word`: what a machine tells of itself. */
  kind: 'alarm' | 'handover' | 'word';
};

/** How one object ends: at once, or in the turn in which it next stores something. */
export type Ending = 'now' | 'as-it-stores';

/** What all objects of one project have stored, and who they are at the moment. */
export type StoredRecords = { project: ProjectRecord; machines: MachineRecord[]; instances: string[] };

export default {
  async fetch(request, env, execution): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get('name') ?? '';
    if (pathname === '/witness/end') return endObject(env, name, searchParams.get('ending') as Ending);
    if (pathname === '/witness/records') return Response.json(await storedRecords(env, name));
    return shipped.fetch(request, env, execution);
  },
} satisfies ExportedHandler<Env>;

export class LocalDockerMachine extends ShippedMachine {
  private readonly instance = crypto.randomUUID();
  private readonly end = endingOf(this.ctx);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, { ...env, EVIDENCE: witnessBucket(env.FETTLE_HOST_URL ?? '') });
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.point('alarm', 'alarm');
    const firedAt = Date.now();
    await super.alarm(info);
    const alarm = {
      object: this.ctx.id.name,
      instance: this.instance,
      scheduledTime: info?.scheduledTime,
      firedAt,
      next: await this.ctx.storage.getAlarm(),
    };
    await fetch(`${this.env.FETTLE_HOST_URL}/witness/alarm`, { method: 'POST', body: JSON.stringify(alarm) });
  }

  override async provision(...args: Parameters<ShippedMachine['provision']>): Promise<void> {
    await this.point('handover', 'provision, asked');
    await super.provision(...args);
    await this.point('handover', 'provision, stored');
  }

  /** Only what the project asks for has points: it asks again. */
  override async command(...args: Parameters<ShippedMachine['command']>) {
    const [command] = args;
    const isOrder = 'order' in command && command.order !== null;
    if (command.kind !== 'retire' && command.kind !== 'destroy' && !isOrder) return super.command(...args);
    const what = isOrder ? `order to ${command.kind}` : command.kind;
    await this.point('handover', `${what}, asked`);
    const result = await super.command(...args);
    await this.point('handover', `${what}, stored`);
    return result;
  }

  endSoon(ending: Ending): string {
    this.end(ending);
    return this.instance;
  }

  stored(): { record: MachineRecord | null; instance: string } {
    return { record: this['keeper'].get()?.record ?? null, instance: this.instance };
  }

  private point(kind: WitnessedPoint['kind'], what: string): Promise<void> {
    const object = this.ctx.id.name ?? '';
    return crashPoint(this.env, { object, kind, what: `${object} ${what}` });
  }
}

export class Project extends ShippedProject {
  private readonly instance = crypto.randomUUID();
  private readonly end = endingOf(this.ctx);

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    await this.point('alarm', 'alarm of the project');
    await super.alarm(info);
  }

  override async requestPermit(...args: Parameters<ShippedProject['requestPermit']>) {
    const [machineId, { level }] = args;
    await this.point('handover', `${machineId} permit for level ${level}, asked`);
    const permit = await super.requestPermit(...args);
    await this.point('handover', `${machineId} permit for level ${level}, stored`);
    return permit;
  }

  override async onMachineMessage(...args: Parameters<ShippedProject['onMachineMessage']>): Promise<void> {
    const [machineId, message] = args;
    const [kind, what] =
      message.kind === 'changed'
        ? (['word', `says that it is ${message.phase}`] as const)
        : (['handover', 'asks for a replacement'] as const);
    await this.point(kind, `${machineId} ${what}, told`);
    await super.onMachineMessage(...args);
    await this.point(kind, `${machineId} ${what}, stored`);
  }

  endSoon(ending: Ending): string {
    this.end(ending);
    return this.instance;
  }

  stored(): { record: ProjectRecord | null; instance: string } {
    return { record: this['store'].load(), instance: this.instance };
  }

  private point(kind: WitnessedPoint['kind'], what: string): Promise<void> {
    return crashPoint(this.env, { object: this.ctx.id.name ?? '', kind, what });
  }
}

/** What is stored up to here is durable before the request leaves; on its arrival this process or object may be ended. */
async function crashPoint(env: Env, point: WitnessedPoint): Promise<void> {
  const body = JSON.stringify(point);
  await fetch(`${env.FETTLE_HOST_URL}/witness/crash-point`, { method: 'POST', body });
}

/** Makes an object able to end itself. */
function endingOf(ctx: DurableObjectState): (ending: Ending) => void {
  const { storage } = ctx;
  const store = storage.transactionSync.bind(storage);
  let isDoomed = false;
  storage.transactionSync = (closure) => {
    const result = store(closure);
    // Nothing of this turn is on the disk yet, and nothing will be.
    if (isDoomed) ctx.abort('ended by a test');
    return result;
  };
  return (ending) => {
    if (ending === 'now') ctx.abort('ended by a test');
    isDoomed = true;
  };
}

/** Answers with the instance that will end; with nothing when it is gone already. */
async function endObject(env: Env, name: string, ending: Ending): Promise<Response> {
  try {
    return new Response(await objectOf(env, name).endSoon(ending));
  } catch {
    // An object that ends at once answers nobody.
    return new Response(null, { status: 204 });
  }
}

async function storedRecords(env: Env, project: string): Promise<StoredRecords> {
  const { record, instance } = await projectOf(env, project).stored();
  if (record === null) throw new Error(`There is no project ${project}`);
  const machineIds = record.slots.flatMap((slot) => slot.machines);
  const machines = await Promise.all(machineIds.map((machineId) => machineOf(env, machineId).stored()));
  return {
    project: record,
    machines: machines.flatMap((machine) => machine.record ?? []),
    instances: [instance, ...machines.map((machine) => machine.instance)],
  };
}

/** Names of machines have dots, names of projects have none. */
function objectOf(env: Env, name: string) {
  return name.includes('.') ? machineOf(env, name) : projectOf(env, name);
}

// The bindings lead to the classes of this module.
function machineOf(env: Env, name: string) {
  return (env.MACHINES as unknown as DurableObjectNamespace<LocalDockerMachine>).getByName(name);
}

function projectOf(env: Env, name: string) {
  return (env.PROJECTS as unknown as DurableObjectNamespace<Project>).getByName(name);
}
