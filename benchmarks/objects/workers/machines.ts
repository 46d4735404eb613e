import type { HealthReport } from '@fettle/contract';
import type { Env } from '../../../apps/control-plane/src/env.ts';
import {
  default as shipped,
  LocalDockerMachine as ShippedMachine,
  Project as ShippedProject,
} from '../../../apps/control-plane/src/worker.ts';
import { healthyKept, type SeedOptions } from '../healthy-kept.ts';
import { addRows, countStorage, counted } from './count-storage.ts';

export { DaytonaMachine, Directory, FlyMachine, Operators } from '../../../apps/control-plane/src/worker.ts';

/** What the binding does with a point is the platform's part. */
const METRICS: AnalyticsEngineDataset = { writeDataPoint: () => void (counted.pointsWritten += 1) };

/** The machine object as it ships; what it reads, writes and takes is counted. */
export class LocalDockerMachine extends ShippedMachine {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, { ...env, METRICS });
  }

  /** Makes this object watch a machine that is healthy since long. */
  async seed(machineId: string, options: SeedOptions): Promise<void> {
    await this['keeper'].replace(healthyKept(machineId, options, Date.now()));
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return timed('alarms', () => super.alarm(info));
  }

  override report(report: HealthReport, epoch: number) {
    return timed('reports', () => super.report(report, epoch));
  }

  override ensureArmed() {
    return timed('sweeps', () => super.ensureArmed());
  }
}

/** The project object as it ships, counted too: its share is part of what a machine costs. */
export class Project extends ShippedProject {
  constructor(ctx: DurableObjectState, env: Env) {
    countStorage(ctx.storage);
    super(ctx, { ...env, METRICS });
  }

  override sweep() {
    return timed('projectSweeps', () => super.sweep());
  }

  override alarm(info?: AlarmInvocationInfo): Promise<void> {
    return timed('projectAlarms', () => super.alarm(info));
  }
}

async function timed<T>(kind: keyof typeof counted.requests, work: () => Promise<T>): Promise<T> {
  const start = Date.now();
  try {
    return await work();
  } finally {
    counted.requests[kind] += 1;
    counted.activeMs += Date.now() - start;
    addRows();
  }
}

type Seed = { names: string[]; options: SeedOptions };

let bound: Env | undefined;

/** The namespace is of the class above, which can do more than the one that ships. */
function machine(env: Env, name: string): DurableObjectStub<LocalDockerMachine> {
  return env.MACHINES.getByName(name) as unknown as DurableObjectStub<LocalDockerMachine>;
}

export default {
  async fetch(request, env, execution): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/counted') return Response.json(counted);
    if (pathname === '/seed') {
      const { names, options } = (await request.json()) as Seed;
      await Promise.all(names.map((name) => machine(env, name).seed(name, options)));
      return new Response(null, { status: 204 });
    }
    if (pathname === '/sweep') {
      await shipped.scheduled({ cron: '', scheduledTime: Date.now(), noRetry() {} }, env);
      return new Response(null, { status: 204 });
    }
    bound ??= { ...env, METRICS };
    return shipped.fetch(request, bound, execution);
  },
} satisfies ExportedHandler<Env>;
