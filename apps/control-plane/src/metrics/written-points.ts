import { rememberIn } from '../bounded-memory.ts';

/** Enough for every machine that one isolate hears of between two reports; about 1 MB. */
const MAX_MACHINES = 4096;

/**
 * Remembers for each machine the last point that was written of its last boot. Bounded: the machine that was silent
 * for longest is forgotten first.
 *
 * What is promised: a point that this isolate has written is not written again while the machine is remembered and has
 * not begun another boot. What is not: another isolate, or this one after a restart, knows nothing of it. A repeat that
 * gets through does no harm, because boot and seq in the data tell that it is one.
 */
export class WrittenPoints {
  private readonly last = new Map<string, { bootId: string; seq: number }>();
  private readonly maxMachines: number;

  constructor(maxMachines: number = MAX_MACHINES) {
    this.maxMachines = maxMachines;
  }

  /** Number of the last point that is known to be written of this boot; 0 when none is. */
  lastSeq(machineId: string, bootId: string): number {
    const last = this.last.get(machineId);
    return last?.bootId === bootId ? last.seq : 0;
  }

  remember(machineId: string, bootId: string, seq: number): void {
    rememberIn(this.last, machineId, { bootId, seq }, this.maxMachines);
  }
}
