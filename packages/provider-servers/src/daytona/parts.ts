import type { HostMachines } from '../host/host-machines.ts';
import type { Floor } from '../server/floor.ts';
import type { StateFile } from '../state/state-file.ts';
import type { DaytonaUrls } from './answers.ts';
import type { DaytonaState } from './record.ts';

/** What the parts of the Daytona server share. */
export type DaytonaParts = Floor & {
  file: StateFile<DaytonaState>;
  host: HostMachines;
  urls: DaytonaUrls;
  regions: readonly string[];
  /** How long a new sandbox is missing from lists. */
  listDelayMs: number;
};
