import type { SimulatedObject } from '../runtime/simulated-object.ts';
import type { Host } from './host.ts';
import { Link } from './link.ts';
import type { MachineObject } from './machine-object.ts';
import type { StoredMachine } from './record-keeper.ts';
import { Reporter } from './reporting.ts';
import type { Sandbox } from './sandbox.ts';
import type { World } from './world.ts';

/** Where one machine is, and the ways between it and us. */
export class Placement {
  readonly machineId: string;
  readonly host: Host;
  /** From us to the machine. */
  readonly down = new Link();
  /** From the machine to us. */
  readonly up = new Link();
  /** The object that watches it. */
  readonly object: SimulatedObject<StoredMachine, MachineObject>;
  readonly reporter: Reporter;
  /** The machine itself, once its host knows of it. */
  sandbox: Sandbox | undefined = undefined;

  constructor(world: World, machineId: string, host: Host) {
    this.machineId = machineId;
    this.host = host;
    this.object = world.machines.get(machineId);
    this.reporter = new Reporter(world, this);
  }
}
