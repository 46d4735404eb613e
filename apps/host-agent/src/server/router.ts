import { hostAgentContract } from '@fettle/contract/host-agent';
import { implement } from '@orpc/server';
import type { MachineBackend } from '../backend/machine-backend.ts';
import type { MachineHost } from '../machines/machine-host.ts';

/** What the router answers from. */
export interface RouterParts {
  host: MachineHost;
  backend: MachineBackend;
  hostId: string;
  version: string;
  startedAt: number;
}

/** The host-agent's side of its contract. */
export function hostRouter({ host, backend, hostId, version, startedAt }: RouterParts) {
  const contract = implement(hostAgentContract);
  const { machines } = contract;
  return contract.router({
    host: {
      info: contract.host.info.handler(() => ({
        hostId,
        backend: backend.kind,
        version,
        image: backend.image,
        engine: backend.engine,
        pid: process.pid,
        startedAt,
      })),
      images: contract.host.images.handler(() => backend.images()),
    },
    machines: {
      rebuild: machines.rebuild.handler(({ input: { machineId, ...order } }) =>
        host.rebuild(machineId, order),
      ),
      create: machines.create.handler(({ input }) => host.create(input)),
      start: machines.start.handler(({ input }) => host.act('start', input.machineId, input.action)),
      stop: machines.stop.handler(({ input }) => host.act('stop', input.machineId, input.action)),
      restart: machines.restart.handler(({ input }) => host.act('restart', input.machineId, input.action)),
      destroy: machines.destroy.handler(({ input }) => host.act('destroy', input.machineId, input.action)),
      copy: machines.copy.handler(({ input }) => host.act('copy', input.machineId, input.action)),
      inspect: machines.inspect.handler(({ input }) => host.inspect(input.machineId)),
      list: machines.list.handler(() => host.list()),
      exec: machines.exec.handler(({ input: { machineId, ...command } }) => host.exec(machineId, command)),
      logs: machines.logs.handler(({ input }) => host.logs(input.machineId, input.tail)),
      copies: machines.copies.handler(({ input }) => host.copies(input.machineId)),
    },
  });
}
