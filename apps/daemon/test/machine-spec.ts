import { MachineSpec } from '@fettle/contract';
import { COMMAND_KEYS } from './test-credentials.ts';
import * as v from 'valibot';

/** A machine with one service, for tests; any part can be given. */
export function machineSpec(overrides: Partial<v.InferInput<typeof MachineSpec>> = {}): MachineSpec {
  return v.parse(MachineSpec, {
    identity: {
      machineId: 'demo.web-1.1',
      organization: 'acme',
      project: 'demo',
      slot: 'web-1',
      generation: 1,
      type: 'local-docker',
    },
    services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
    versions: { platform: 'main', customer: 'main' },
    image: 'image-1',
    commandKeys: [COMMAND_KEYS.publicKey],
    controlUrl: 'http://127.0.0.1:1/control',
    repositories: { platform: 'file:///repos/platform.git', customer: 'file:///repos/customer.git' },
    listenHost: '127.0.0.1',
    ports: { pidnap: 4001, daemon: 4002, web: 4003 },
    ...overrides,
  });
}
