import { CREDENTIALS_VARIABLE, MACHINE_VARIABLE } from '@fettle/contract/boot-environment';
import type { MachineCredentials, MachineSpec } from '@fettle/contract/machine-spec';

/** The command token of machines that tests make. */
export const COMMAND_TOKEN = 'command-token-of-a-test-machine';

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
    controlUrl: 'http://127.0.0.1:9',
    repositories: { platform: 'http://127.0.0.1:9/platform', customer: 'http://127.0.0.1:9/customer' },
    listenHost: '127.0.0.1',
    ports: { pidnap: 7701, daemon: 7702 },
    ...spec,
  };
  const credentials: MachineCredentials = {
    machineToken: `machine-token-of-${slot}`,
    commandToken: COMMAND_TOKEN,
  };
  return {
    [MACHINE_VARIABLE]: JSON.stringify(machine),
    [CREDENTIALS_VARIABLE]: JSON.stringify(credentials),
  };
}
