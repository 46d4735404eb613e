import type { FettleClient } from '@fettle/client';
import type { HostBackend } from '@fettle/contract/host-agent';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { fleetFolder, type FleetFolder } from '../connection/fleet-state.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { dockerHand } from './docker-hand.ts';
import type { MachineHand } from './machine-hand.ts';
import { processHand } from './process-hand.ts';

/** A fleet that is drilled: the drill's own, or one that runs already. */
export type DrillFleet = {
  client: FettleClient;
  url: string;
  project: string;
  slots: string[];
  backend: HostBackend;
  folder: FleetFolder;
  /** Takes hold of a machine from outside. */
  hand(machineId: string): MachineHand;
};

const HostRecord = v.object({ hostId: v.string(), backend: v.picklist(['docker', 'process']) });

/**
 * What the host-agent of a state folder says of itself. Throws when there is none: a drill breaks machines by real
 * means, so it must run on their host.
 */
export async function readHost(state: string): Promise<{ hostId: string; backend: HostBackend }> {
  const file = path.join(fleetFolder(state).host, 'host.json');
  try {
    return v.parse(HostRecord, JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new CliFailure(EXIT.usage, `${file} cannot be read: no host-agent has run here`, {
      hint: 'a drill runs on the computer whose machines it breaks; name its state folder with --state',
      cause: error,
    });
  }
}

/** The way to take hold of machines of one host. */
export function handsOf(
  { hostId, backend }: { hostId: string; backend: HostBackend },
  folder: FleetFolder,
): DrillFleet['hand'] {
  return (machineId) =>
    backend === 'docker'
      ? dockerHand({ hostId, machineId })
      : processHand({ hostId, machineId, hostFolder: folder.host });
}
