import type { ProviderJournal } from './journal.ts';

const KEY = 'provider-journal';

/**
 * A journal in a machine object's own storage. Nothing that the object sends leaves before what it wrote is durable: the
 * platform holds it back.
 */
export function storedJournal({ kv }: DurableObjectStorage): ProviderJournal<unknown> {
  return {
    read: () => kv.get(KEY) ?? null,
    write: (_machineId, entry) => kv.put(KEY, entry),
  };
}

/** What a machine's object has in its journal, for who only wants to know the way to the machine. */
export function knownJournal(entry: unknown): ProviderJournal<unknown> {
  return {
    read: () => entry,
    write: () => {
      throw new Error('Only the object of the machine writes its journal');
    },
  };
}
