import type { MachineProvider, NewMachine } from '../machine-provider.ts';

/** A provider with what the suite needs besides its verbs. */
export type ProviderUnderTest = {
  provider: MachineProvider;
  /** The same provider, whose host is out of reach. */
  outOfReach: MachineProvider;
  /** A service of the test machines, and a path that it answers with 200. */
  service: { name: string; path: string };
  /** Damages the copies of a machine where they are stored, behind the provider's back. */
  corruptCopies(machineId: string): Promise<void> | void;
  /** Versions that a machine can be created with. */
  versions: NewMachine['versions'];
  /** Another image than the one that new machines get. */
  otherImage: string;
  /** A region with room and one without; `null` where there are no regions. */
  regions: { free: string; full: string } | null;
  /** The answer to the next call that changes something gets lost on its way; what was asked is done. */
  loseNextAnswer(): Promise<void> | void;
  /** How many machines with this id there are, by whoever really runs them. */
  countMachines(machineId: string): Promise<number>;
  /** How long any operation may take. */
  patienceMs: number;
  close(): Promise<void>;
};
