/** The worker as it ships, with a way to an object's alarm behind its back: `POST /tamper`. */
import type { Env } from '../../src/env.ts';
import shipped, { LocalDockerMachine as ShippedMachine } from '../../src/worker.ts';

export { DaytonaMachine, Directory, FlyMachine, Operators, Project } from '../../src/worker.ts';

/** Sets a machine's alarm to a time, or takes it away. */
export type Tampering = { machineId: string; alarmAt: number | null };

export class LocalDockerMachine extends ShippedMachine {
  async tamper(alarmAt: number | null): Promise<void> {
    const { storage } = this.ctx;
    await (alarmAt === null ? storage.deleteAlarm() : storage.setAlarm(alarmAt));
  }
}

export default {
  async fetch(request, env, execution): Promise<Response> {
    if (new URL(request.url).pathname !== '/tamper') return shipped.fetch(request, env, execution);
    const { machineId, alarmAt } = (await request.json()) as Tampering;
    const stub = env.MACHINES.getByName(machineId) as unknown as DurableObjectStub<LocalDockerMachine>;
    await stub.tamper(alarmAt);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;
