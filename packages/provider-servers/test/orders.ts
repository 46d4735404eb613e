import { BOOTSTRAP_PATH, MACHINE_VARIABLE } from '@fettle/contract/boot-environment';
import type { MachineSpec } from '@fettle/contract/machine-spec';

/**
 * The environment of a Fettle machine without services; pidnap and the daemon are in every machine. Its id is
 * `<type>.<slot>.1`: a test that kills a machine kills none of a test that runs beside it.
 */
export function bootEnvironment(
  slot: string,
  type: MachineSpec['identity']['type'],
  spec: Partial<MachineSpec> = {},
): Record<string, string> {
  const machine: MachineSpec = {
    identity: {
      machineId: `${type}.${slot}.1`,
      organization: 'tests',
      project: type,
      slot,
      generation: 1,
      type,
    },
    services: [],
    versions: { platform: 'main', customer: 'main' },
    versionsFrom: null,
    image: 'of-the-host',
    commandKeys: ['c'.repeat(43)],
    controlUrl: 'http://127.0.0.1:9',
    repositories: { platform: 'http://127.0.0.1:9/platform', customer: 'http://127.0.0.1:9/customer' },
    listenHost: '127.0.0.1',
    ports: { pidnap: 7701, daemon: 7702 },
    ...spec,
  };
  return { [MACHINE_VARIABLE]: JSON.stringify(machine) };
}

/** The bootstrap file of such a machine. */
export function bootstrapText(slot: string, type: MachineSpec['identity']['type']): string {
  return JSON.stringify({ machineId: `${type}.${slot}.1`, token: `bootstrap-token-of-${slot}` });
}

/** The same as Fly is asked to write it. */
export function bootstrapConfig(slot: string): { guest_path: string; raw_value: string } {
  return { guest_path: BOOTSTRAP_PATH, raw_value: btoa(bootstrapText(slot, 'fly')) };
}
