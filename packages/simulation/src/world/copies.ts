/** Copies of machines' data, which outlive the machines. What they hold is a length of the write log. */
import type { DataCopy } from '@fettle/contract';

/** One verified copy, and how many writes it holds. */
export type StoredCopy = { copy: DataCopy; slot: string; writes: number };

/** Older copies of a machine than this many are forgotten; only the newest is ever asked for. */
const KEPT_PER_MACHINE = 4;

export class CopyStore {
  private readonly byId = new Map<string, StoredCopy>();
  private readonly byMachine = new Map<string, StoredCopy[]>();

  add(stored: StoredCopy): void {
    const { copyId, machineId } = stored.copy;
    const kept = [stored, ...(this.byMachine.get(machineId) ?? [])];
    for (const old of kept.splice(KEPT_PER_MACHINE)) this.byId.delete(old.copy.copyId);
    this.byMachine.set(machineId, kept);
    this.byId.set(copyId, stored);
  }

  find(copyId: string): StoredCopy | undefined {
    return this.byId.get(copyId);
  }

  /** The newest first. */
  of(machineId: string): readonly StoredCopy[] {
    return this.byMachine.get(machineId) ?? [];
  }
}
