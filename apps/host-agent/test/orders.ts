import type { CreateMachine } from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';

/** Tokens that tests look for where they must not be. */
export const MACHINE_TOKEN = 'machine-token-3f9d1c7ab2e84f60';
export const COMMAND_TOKEN = 'command-token-77aa20cbe9d14b58';

/** The action with a sequence of a machine. */
export function action(machineId: string, sequence: number): ActionRef {
  return { id: `${machineId}/${sequence}`, sequence };
}

interface OrderOverrides extends Partial<Omit<CreateMachine, 'action' | 'identity'>> {
  slot?: string;
  generation?: number;
  sequence?: number;
}

/** A complete create order with one service, `web`. */
export function order({
  slot = 'web-1',
  generation = 1,
  sequence = 1,
  ...overrides
}: OrderOverrides = {}): CreateMachine {
  const machineId = `demo.${slot}.${generation}`;
  return {
    action: action(machineId, sequence),
    identity: { machineId, organization: 'acme', project: 'demo', slot, generation, type: 'local-docker' },
    services: [
      {
        name: 'web',
        command: ['node', 'server.mjs'],
        port: 8080,
        healthPath: '/healthz',
        restartBudget: { maxRestarts: 5, withinMs: 60_000 },
      },
    ],
    limits: { memoryMb: 192, cpus: 0.5, pids: 64 },
    versions: { platform: 'main', customer: 'main' },
    credentials: { machineToken: MACHINE_TOKEN, commandToken: COMMAND_TOKEN },
    image: null,
    restoreCopyId: null,
    ...overrides,
  };
}
