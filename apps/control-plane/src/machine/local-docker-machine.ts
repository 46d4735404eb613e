import { LocalProvider } from '../providers/local-provider.ts';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { Machine } from './machine.ts';

/** A machine on a host of ours: a container, or a process tree where the host has no Docker. */
export class LocalDockerMachine extends Machine {
  protected override createProvider(timeoutMs: number): MachineProvider {
    return new LocalProvider({ url: this.env.FETTLE_HOST_URL, token: this.env.FETTLE_HOST_TOKEN, timeoutMs });
  }
}
