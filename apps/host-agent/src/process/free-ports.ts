import { createServer } from 'node:net';
import { HostFailure } from '../host-failure.ts';
import { portCandidates } from '../core/port-candidates.ts';

/** Picks free loopback ports, one for each name. `taken` are the ports of other machines, running or not. */
export async function findFreePorts(
  names: readonly string[],
  { taken, hostId }: { taken: ReadonlySet<number>; hostId: string },
): Promise<Record<string, number>> {
  const ports: Record<string, number> = {};
  const candidates = portCandidates(hostId, taken);
  for (const name of names) {
    for (;;) {
      const next = candidates.next();
      if (next.done) throw new HostFailure('PROVIDER_FAILED', 'No port is free for this machine');
      if (!(await isFree(next.value))) continue;
      ports[name] = next.value;
      break;
    }
  }
  return ports;
}

/** Whether a loopback port can be bound now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
