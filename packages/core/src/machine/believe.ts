/**
 * A host that never had a machine says that it is absent, and is right, and it means nothing: the machine is on
 * another one. Such an answer is no answer.
 */
import type { Inspection } from '@fettle/contract';
import type { Observation } from './event.ts';

/** The observation with only what may be believed of a machine that `host` last had. */
export function believe(observation: Observation, host: string | null): Observation {
  const { provider } = observation;
  if (!provider.ok || !isForeign(provider.value, host)) return observation;
  const message = `${provider.value.host} does not have the machine, which was on ${host}`;
  return { ...observation, provider: { ok: false, code: 'HOST_UNREACHABLE', message } };
}

/** The host that has the machine, as far as an inspection tells. */
export function hostOf(inspection: Inspection | null, before: string | null): string | null {
  return inspection === null || inspection.state === 'absent' ? before : (inspection.host ?? before);
}

function isForeign(inspection: Inspection, host: string | null): boolean {
  return (
    inspection.state === 'absent' && host !== null && inspection.host !== null && inspection.host !== host
  );
}
