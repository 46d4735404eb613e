/** Which ports of a machine its own listeners have, where nobody else on the same address could want them. */
import type { ServiceSpec } from '@fettle/contract';

/** pidnap and the daemon take the first ports from here that no service has. */
const FIRST_OWN_PORT = 7701;

/** Ports by name. They are the same in every machine with the same services. */
export function machinePorts(
  services: readonly Pick<ServiceSpec, 'name' | 'port'>[],
): Record<string, number> {
  const taken = new Set(services.map(({ port }) => port));
  const own = ['pidnap', 'daemon'].map((name): [string, number] => {
    let port = FIRST_OWN_PORT;
    while (taken.has(port)) port += 1;
    taken.add(port);
    return [name, port];
  });
  return Object.fromEntries([...own, ...services.map(({ name, port }): [string, number] => [name, port])]);
}
