import type { ProviderJournal } from '../src/providers/journal.ts';

/** Knows what another journal knows and keeps what it learns for itself, as an instance that is cut off does. */
export function cutOffJournal<Entry>(journal: ProviderJournal<Entry>): ProviderJournal<Entry> {
  const own = new Map<string, Entry>();
  return {
    read: (machineId) => own.get(machineId) ?? journal.read(machineId),
    write: (machineId, entry) => void own.set(machineId, entry),
  };
}
