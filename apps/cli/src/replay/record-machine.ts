import type { FettleClient } from '@fettle/client';
import { readPages } from './read-pages.ts';
import type { RecordingFile } from './recording-file.ts';

/** The most incidents that the control plane lists. */
const MOST_INCIDENTS = 500;

/** The calls that a recording is made of. */
export type Recordable = {
  machines: Pick<FettleClient['machines'], 'get' | 'incidents' | 'snapshots' | 'events'>;
  projects: Pick<FettleClient['projects'], 'get'>;
};

/** Reads everything that a replay of one machine needs, from `sinceMs` ago on (`null`: all that is kept). */
export async function recordMachine(
  client: Recordable,
  machineId: string,
  sinceMs: number | null,
): Promise<RecordingFile> {
  const view = await client.machines.get({ machineId });
  const since = sinceMs === null ? 0 : view.now - sinceMs;
  const { template, policy } = await client.projects.get({ project: view.identity.project });
  const incidents = await client.machines.incidents({ machineId, limit: MOST_INCIDENTS });
  return {
    format: 'fettle-recording',
    version: 1,
    recordedAt: view.now,
    identity: view.identity,
    services: template.services.map(({ name }) => name),
    policy,
    ledger: view.ledger,
    incidents: incidents.toSorted((a, b) => a.number - b.number),
    snapshots: await readPages((page) => client.machines.snapshots({ machineId, ...page }), since),
    events: await readPages((page) => client.machines.events({ machineId, ...page }), since),
  };
}
