/** What a new machine in a cloud is told about itself. Pure. */
import {
  MachineCredentials,
  CREDENTIALS_VARIABLE,
  MACHINE_VARIABLE,
  type BootEnvironment,
  MachineSpec,
  type VersionRefs,
} from '@fettle/contract';
import * as v from 'valibot';
import { machinePorts } from '@fettle/core/machine-ports';
import type { NewMachine } from '../machine-provider.ts';

/** What all machines of a cloud have in common. */
export type CloudSurroundings = {
  /** Base URL of the control plane, as machines of the cloud reach it. */
  controlUrl: string;
  /** Clone URLs. */
  repositories: MachineSpec['repositories'];
};

/**
 * Environment of the first process. A disk that comes from a copy has versions already: the machine is told that those
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
    controlUrl: surroundings.controlUrl,
    repositories: surroundings.repositories,
    // Requests come in through the provider's proxy, not by loopback.
    listenHost: '0.0.0.0',
    ports: machinePorts(machine.services),
  };
  return {
    [MACHINE_VARIABLE]: JSON.stringify(spec),
    [CREDENTIALS_VARIABLE]: JSON.stringify(machine.credentials),
  };
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

/** What must never be told of a new machine. */
export function secretsOf({ credentials }: Pick<NewMachine, 'credentials'>): string[] {
  return [credentials.machineToken, credentials.commandToken];
}

/** The same of a machine that was made with this environment. */
export function secretsIn(variables: Record<string, string>): string[] {
  const text = variables[CREDENTIALS_VARIABLE] ?? '';
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), MachineCredentials), text);
  // Whatever else it holds is no less secret.
  return parsed.success ? secretsOf({ credentials: parsed.output }) : [text];
}
