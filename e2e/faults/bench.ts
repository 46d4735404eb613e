import type { FaultFleet } from './fault-fleet.ts';
import { subject, type Subject } from './watch.ts';

/** What every row has at hand: a fleet, and machines of which one fault at a time has each. */
export type Bench = {
  readonly fleet: FaultFleet;
  /** The work of a test on the machine of one slot: in turn with the other tests that want the same machine. */
  on(slot: Slot, work: (machine: Subject) => Promise<void>): () => Promise<void>;
};

/** A slot by its project and name. */
type Slot = `${'single' | 'mass'}/${string}`;

/** A bench on a fleet that is opened later. */
export function makeBench(): Bench & { put(fleet: FaultFleet): void } {
  let present: FaultFleet | null = null;
  const turns = new Map<Slot, Promise<void>>();
  const bench = {
    get fleet(): FaultFleet {
      if (present === null) throw new Error('the fleet could not be opened');
      return present;
    },
    put(fleet: FaultFleet) {
      present = fleet;
    },
    on(slot: Slot, work: (machine: Subject) => Promise<void>) {
      return () => {
        const before = turns.get(slot) ?? Promise.resolve();
        const [project = '', name = ''] = slot.split('/');
        const mine = before.then(() => work(subject(bench.fleet, project, name)));
        // The next test has a machine to itself also when this one failed; whoever asked for this one hears of it.
        turns.set(
          slot,
          mine.catch(() => undefined),
        );
        return mine;
      };
    },
  };
  return bench;
}
