/**
 * Where a provider whose API knows no action ids keeps what it has done with one machine: the object of that machine.
 * Written before anything is sent, so that what was sent is known after a crash; an instance of the object that is no
 * longer the living one cannot write, and therefore cannot send.
 */
export interface ProviderJournal<Entry> {
  /** What was written last for this machine; `null` when nothing was. */
  read(machineId: string): Entry | null;
  /** Durable before anything is sent after it. */
  write(machineId: string, entry: Entry): void;
}

/** A journal in memory, for one process. */
export function memoryJournal<Entry>(): ProviderJournal<Entry> {
  const entries = new Map<string, string>();
  return {
    read: (machineId) => {
      const text = entries.get(machineId);
      return text === undefined ? null : (JSON.parse(text) as Entry);
    },
    write: (machineId, entry) => void entries.set(machineId, JSON.stringify(entry)),
  };
}
