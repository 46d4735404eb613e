/** Checks of a create order that no schema of a single field can make. Pure. */
import type { CreateMachine } from '@fettle/contract/host-agent';
import { HostFailure } from '../host-failure.ts';

/** Listeners and tasks of ours, which a service would take the place of. */
const OWN_NAMES = ['pidnap', 'daemon', 'credentials', 'checkout'];

/** Throws BAD_REQUEST with the field and what was expected there. */
export function checkCreate({ identity, services }: CreateMachine): void {
  const expected = `${identity.project}.${identity.slot}.${identity.generation}`;
  if (identity.machineId !== expected)
    throw wrong('identity.machineId', 'the id that follows from project, slot and generation');
  const names = new Set<string>(OWN_NAMES);
  const ports = new Set<number>();
  services.forEach(({ name, port }, index) => {
    if (names.has(name))
      throw wrong(
        `services.${index}.name`,
        'a name that is neither used twice nor ours: pidnap, daemon, credentials, checkout',
      );
    if (ports.has(port)) throw wrong(`services.${index}.port`, 'a port that no other service has');
    names.add(name);
    ports.add(port);
  });
}

function wrong(field: string, expected: string): HostFailure {
  return new HostFailure('BAD_REQUEST', undefined, { field, expected });
}
