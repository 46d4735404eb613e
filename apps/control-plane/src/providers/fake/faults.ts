/** What a fake provider can be told to do wrong, and the order in which it does. */
import type { ErrorCode, Inspection } from '@fettle/contract';

/** What a fault can be put on: a verb of the provider, or any of them. */
export type FaultPoint =
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'destroy'
  | 'copy'
  | 'rebuild'
  | 'inspect'
  | 'exec'
  | 'connect'
  | 'any';

export type Fault =
  /** Does it, and answers only after `ms`. */
  | { kind: 'slow'; ms: number }
  /** Does nothing and says no. */
  | { kind: 'refuses'; code: ErrorCode; message: string }
  /** The host is out of reach: nothing is done. */
  | { kind: 'out-of-reach' }
  /** Does it, but the answer never arrives. */
  | { kind: 'loses-answer' }
  /** Takes the action; its operation then fails. Verbs that change something only. */
  | { kind: 'operation-fails'; code: ErrorCode; message: string }
  /** Says something else about the machine than what is so. `inspect` only. */
  | { kind: 'lies'; about: Partial<Inspection> };

/** Faults to come. Each is used up by `times` calls; the first that fits a call is taken. */
export class FaultScript {
  private entries: { point: FaultPoint; machineId: string | null; fault: Fault; left: number }[] = [];

  add(entry: { point: FaultPoint; machineId?: string; fault: Fault; times?: number }): void {
    const { point, machineId = null, fault, times = 1 } = entry;
    this.entries.push({ point, machineId, fault, left: times });
  }

  /** The fault of this call, if it has one. */
  take(point: Exclude<FaultPoint, 'any'>, machineId: string): Fault | null {
    const entry = this.entries.find(
      (one) =>
        (one.point === point || one.point === 'any') &&
        (one.machineId === null || one.machineId === machineId),
    );
    if (!entry) return null;
    entry.left -= 1;
    if (entry.left <= 0) this.entries = this.entries.filter((one) => one !== entry);
    return entry.fault;
  }

  clear(): void {
    this.entries = [];
  }
}
