import { randomUUID } from 'node:crypto';
import type { Fault } from '../contract/test-controls.ts';

type Kind = Fault['kind'];
type Of<K extends Kind> = Extract<Fault, { kind: K }>;

/** The faults that a server has at the moment. In memory: a restarted server behaves. */
export interface Faults {
  /** The id by which it is taken back. */
  add(fault: Fault): string;
  remove(id: string): boolean;
  clear(): void;
  list(): { id: string; fault: Fault }[];
  /** The first fault of this kind that `applies`; one that is for a number of calls is used up by it. */
  take<K extends Kind>(kind: K, applies: (fault: Of<K>) => boolean): Of<K> | null;
}

/** No faults yet. */
export function createFaults(): Faults {
  const faults = new Map<string, { fault: Fault; left: number }>();
  return {
    add(fault) {
      const id = randomUUID();
      const times = 'times' in fault ? fault.times : undefined;
      faults.set(id, { fault, left: times ?? Infinity });
      return id;
    },
    remove: (id) => faults.delete(id),
    clear: () => faults.clear(),
    list: () => [...faults].map(([id, { fault }]) => ({ id, fault })),
    take<K extends Kind>(kind: K, applies: (fault: Of<K>) => boolean): Of<K> | null {
      for (const [id, entry] of faults) {
        if (entry.fault.kind !== kind || !applies(entry.fault as Of<K>)) continue;
        entry.left -= 1;
        if (entry.left === 0) faults.delete(id);
        return entry.fault as Of<K>;
      }
      return null;
    },
  };
}
