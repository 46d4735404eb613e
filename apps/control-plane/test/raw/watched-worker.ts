/**
 * The worker as it ships, with a witness: it tells the host of every alarm, and stops at crash points between the
 * objects, where nobody outside could otherwise be asked.
 */
import { LocalDockerMachine as ShippedMachine, Project as ShippedProject } from '../../src/worker.ts';

export { default, Directory } from '../../src/worker.ts';

export class LocalDockerMachine extends ShippedMachine {
  private readonly instance = crypto.randomUUID();

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
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
    await super.provision(...args);
    await crashPoint(this.env, `provision ${this.ctx.id.name}`);
  }

  override async command(...args: Parameters<ShippedMachine['command']>) {
    const result = await super.command(...args);
    await crashPoint(this.env, `${args[0].kind} ${this.ctx.id.name}`);
    return result;
  }
}

export class Project extends ShippedProject {
  override async requestPermit(...args: Parameters<ShippedProject['requestPermit']>) {
    const [machineId, { level }] = args;
    await crashPoint(this.env, `permit ${machineId} level ${level}, asked`);
    const permit = await super.requestPermit(...args);
    await crashPoint(this.env, `permit ${machineId} level ${level}, stored`);
    return permit;
  }

  override async onMachineMessage(...args: Parameters<ShippedProject['onMachineMessage']>): Promise<void> {
    const [machineId, { kind }] = args;
    if (kind === 'bricked') await crashPoint(this.env, `bricked ${machineId}, told`);
    await super.onMachineMessage(...args);
    if (kind === 'bricked') await crashPoint(this.env, `bricked ${machineId}, stored`);
  }
}

/** Everything up to here is durable before the request leaves; the host may kill this process on its arrival. */
async function crashPoint(env: { FETTLE_HOST_URL: string }, label: string): Promise<void> {
  await fetch(`${env.FETTLE_HOST_URL}/witness/crash-point`, { method: 'POST', body: label });
}
