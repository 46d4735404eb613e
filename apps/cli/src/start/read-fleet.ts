import type { FettleClient } from '@fettle/client';
import { fleetLines, machinesBesides, type FleetLine } from '../output/fleet-rows.ts';
import type { MachineView } from '@fettle/contract/machine-view';
import type { ProjectView } from '@fettle/contract/project-view';

/** A project at one moment: its slots, and the machines that are in none. */
export type FleetReading = { project: ProjectView; lines: FleetLine[]; besides: MachineView[] };

/** Asks the control plane for everything that the live table shows. */
export async function readFleet(client: FettleClient, project: string): Promise<FleetReading> {
  const [view, machines] = await Promise.all([
    client.projects.get({ project }),
    client.machines.list({ project }),
  ]);
  const lines = fleetLines(view, machines);
  return { project: view, lines, besides: machinesBesides(lines, machines) };
}
