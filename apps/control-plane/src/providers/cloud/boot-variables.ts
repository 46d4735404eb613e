/** What a new machine in a cloud is told about itself. Pure. */
import {
  MACHINE_VARIABLE,
  MachineSpec,
  type BootEnvironment,
  type BootstrapFile,
  type VersionRefs,
} from '@fettle/contract';
import * as v from 'valibot';
import { machinePorts } from '@fettle/core/machine-ports';
import type { NewMachine } from '../machine-provider.ts';

/** What all machines of a cloud have in common. */
export type CloudSurroundings = {
  /** Base URL of the control plane, as machines of the cloud reach it. */
  controlUrl: string;
  /** Clone URLs; what it takes to read them never leaves by this way. */
  repositories: MachineSpec['repositories'];
};

/**
 * Environment of the first process; anybody who can look at the machine can read it. A disk that comes from a copy has versions already: the machine is told that those
 * which it gets now are newer. Such a disk may hold the very versions that its last machine was given up for.
 */
export function bootVariables(
  machine: NewMachine,
  { image, actionId, surroundings }: { image: string; actionId: string; surroundings: CloudSurroundings },
): Record<keyof BootEnvironment, string> {
  const spec: MachineSpec = {
    identity: machine.identity,
    services: machine.services,
    versions: machine.versions,
    versionsFrom: machine.restoreCopyId === null ? null : actionId,
    image,
    commandKeys: machine.commandKeys,
    controlUrl: surroundings.controlUrl,
    repositories: {
      platform: withoutPassword(surroundings.repositories.platform),
      customer: withoutPassword(surroundings.repositories.customer),
    },
    // Requests come in through the provider's proxy, not by loopback.
    listenHost: '0.0.0.0',
    ports: machinePorts(machine.services),
  };
  return { [MACHINE_VARIABLE]: JSON.stringify(spec) };
}

/** What is put at `BOOTSTRAP_PATH` in a new machine. */
export function bootstrapText({ machineId, token }: BootstrapFile): string {
  return `${JSON.stringify({ machineId, token })}\n`;
}

function withoutPassword(cloneUrl: string): string {
  const url = new URL(cloneUrl);
  if (url.username === '' && url.password === '') return cloneUrl;
  url.username = '';
  url.password = '';
  return url.href;
}

/**
 * The same environment for another image and other versions; everything else in it stays. `null`: it is not of our
 * making, and a machine with it would not know who it is.
 */
export function rebootVariables(
  variables: Record<string, string>,
  order: { image: string; versions: VersionRefs; actionId: string },
): Record<string, string> | null {
  const spec = v.safeParse(v.pipe(v.string(), v.parseJson(), MachineSpec), variables[MACHINE_VARIABLE]);
  if (!spec.success) return null;
  const changed: MachineSpec = {
    ...spec.output,
    image: order.image,
    versions: order.versions,
    versionsFrom: order.actionId,
  };
  return { ...variables, [MACHINE_VARIABLE]: JSON.stringify(changed) };
}

/** The action that a machine with this environment got its versions from. */
export function versionsFromIn(variables: Record<string, string>): string | null {
  try {
    return (JSON.parse(variables[MACHINE_VARIABLE] ?? '{}') as Partial<MachineSpec>).versionsFrom ?? null;
  } catch {
    // Not of our making: then no action of ours made it.
    return null;
  }
}
