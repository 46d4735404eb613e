import type { CreateMachine } from '@fettle/contract/host-agent';
import type { ActionRef } from '@fettle/contract/ids';

/** A token that tests look for where it must not be. */
export const BOOTSTRAP_TOKEN = 'bootstrap-token-3f9d1c7ab2e84f60';
export const COMMAND_KEY = 'K'.repeat(43);

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
    bootstrap: BOOTSTRAP_TOKEN,
    commandKeys: [COMMAND_KEY],
    image: null,
    restoreCopyId: null,
    ...overrides,
  };
}
