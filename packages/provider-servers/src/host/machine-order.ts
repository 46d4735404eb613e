/** Which real machine a create request of a provider's API asks for. Pure. */
import { BootEnvironment, MACHINE_VARIABLE } from '@fettle/contract/boot-environment';
import type { CreateMachine } from '@fettle/contract/host-agent';
import type { MachineSpec } from '@fettle/contract/machine-spec';
import type { MachineType } from '@fettle/contract/ids';
import * as v from 'valibot';

/** A machine of the host before anything of it exists: all of the order but its action. */
export type MachineOrder = Omit<CreateMachine, 'action'>;

/** What is asked of the machine besides what its environment says. */
export type OrderParts = {
  env: Record<string, string>;
  type: MachineType;
  image: string | null;
  limits: { memoryMb: number; cpus: number };
  restoreCopyId: string | null;
  /** For a machine that nobody of Fettle asks for: 12 hexadecimal digits, and a key that nobody signs with. */
  blank: { id: string; commandKey: string };
};

/** The order, without a bootstrap token, and the machine's ports by name; or what is wrong with the environment, as a text without its values. */
export function machineOrder(
  parts: OrderParts,
): { order: MachineOrder; ports: MachineSpec['ports'] } | { wrong: string } {
  const { env, limits, image, restoreCopyId } = parts;
  if (env[MACHINE_VARIABLE] === undefined) return blankOrder(parts);
  const parsed = v.safeParse(BootEnvironment, env);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    return { wrong: `env.${v.getDotPath(issue) ?? MACHINE_VARIABLE} is not what a machine expects` };
  }
  const spec = parsed.output[MACHINE_VARIABLE];
  return {
    order: {
      identity: spec.identity,
      services: spec.services,
      versions: spec.versions,
      bootstrap: null,
      commandKeys: spec.commandKeys,
      limits: hostLimits(limits),
      image,
      restoreCopyId,
    },
    ports: spec.ports,
  };
}

function blankOrder({
  type,
  limits,
  image,
  restoreCopyId,
  blank,
}: OrderParts): ReturnType<typeof machineOrder> {
  const slot = `m${blank.id}`;
  const identity = { organization: 'blank', project: 'blank', slot, generation: 1, type };
  return {
    order: {
      identity: { machineId: `blank.${slot}.1`, ...identity },
      services: [],
      versions: { platform: 'main', customer: 'main' },
      bootstrap: null,
      commandKeys: [blank.commandKey],
      limits: hostLimits(limits),
      image,
      restoreCopyId,
    },
    // What the host gives a machine without services.
    ports: { pidnap: 7701, daemon: 7702 },
  };
}

/** A provider sells whole processors and gigabytes; the host takes what its contract allows. */
function hostLimits({ memoryMb, cpus }: OrderParts['limits']): MachineOrder['limits'] {
  return { memoryMb: Math.max(64, Math.round(memoryMb)), cpus: Math.max(0.1, cpus), pids: 256 };
}
