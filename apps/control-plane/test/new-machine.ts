import type { NewMachine } from '../src/providers/machine-provider.ts';

/** A machine that could be made, with whatever a test cares about. */
export function newMachine(overrides: Partial<NewMachine> = {}): NewMachine {
  return {
    identity: {
      machineId: 'demo.web-1.1',
      organization: 'acme',
      project: 'demo',
      slot: 'web-1',
      generation: 1,
      type: 'daytona',
    },
    services: [
      {
        name: 'web',
        command: ['node', 'server.mjs'],
        port: 8080,
        healthPath: '/healthz',
        restartBudget: { maxRestarts: 5, withinMs: 60_000 },
      },
    ],
    limits: { memoryMb: 700, cpus: 1.5, pids: 128 },
    versions: { platform: 'main', customer: 'main' },
    image: null,
    regions: [],
    onNoCapacity: 'next-region',
    bootstrap: 'bootstrap-token-secret',
    commandKeys: ['c'.repeat(43)],
    restoreCopyId: null,
    ...overrides,
  };
}
