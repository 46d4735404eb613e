/** Brings a plan of faults over a world, and ends every one of them when its time is over or the world is healed. */
import { PERSON } from '../world/person.ts';
import { T0, type World } from '../world/world.ts';
import type { Begin } from './begin.ts';
import type { Fault, FaultKind } from './fault.ts';
import { HOST_FAULTS } from './host-faults.ts';
import { MACHINE_FAULTS } from './machine-faults.ts';
import { PATH_FAULTS } from './path-faults.ts';
import { PEOPLE_FAULTS } from './people-faults.ts';
import { PLATFORM_FAULTS, type PlatformState } from './platform-faults.ts';
import { VERSION_FAULTS } from './version-faults.ts';

const BEGINNINGS: Record<FaultKind, Begin> = {
  ...PLATFORM_FAULTS,
  ...PATH_FAULTS,
  ...HOST_FAULTS,
  ...MACHINE_FAULTS,
  ...PEOPLE_FAULTS,
  ...VERSION_FAULTS,
};

/** What happens at the same time happens after the faults of that time. */
const FIRST = -1;

export class FaultInjector {
  /** Faults that are under way. */
  readonly active = new Set<Fault>();
  private readonly world: World;
  private readonly ends = new Map<Fault, () => void>();
  private readonly state: PlatformState = { crashing: new Set(), downs: 0 };
  private readonly onBegun: (fault: Fault) => void;
  private isHealed = false;

  /** `onBegun` is told of every fault that really happens. */
  constructor(world: World, faults: readonly Fault[], onBegun: (fault: Fault) => void) {
    this.world = world;
    this.onBegun = onBegun;
    for (const fault of faults) world.timeline.schedule(T0 + fault.at, begin, this, fault, FIRST);
  }

  begin(fault: Fault): void {
    if (this.isHealed) return;
    const end = BEGINNINGS[fault.kind](this.world, fault, this.state);
    this.onBegun(fault);
    lookInside(this.world, fault);
    if (end === null) return;
    this.active.add(fault);
    this.ends.set(fault, end);
    const { timeline } = this.world;
    timeline.schedule(timeline.now + fault.forMs, endOf, this, fault, FIRST);
  }

  end(fault: Fault): void {
    const end = this.ends.get(fault);
    this.ends.delete(fault);
    this.active.delete(fault);
    end?.();
  }

  /** Ends everything that is under way; nothing begins any more. */
  heal(): void {
    this.isHealed = true;
    for (const fault of this.active) this.end(fault);
    this.world.repositories.calm();
  }
}

/** A person who sees that something goes wrong looks into a machine, twice: that changes nothing, and is put on record. */
function lookInside(world: World, { target }: Fault): void {
  const machine = world.machines.get(world.machineOf(target));
  machine.call('exec', PERSON, null);
  machine.call('exec', PERSON, null);
}

function begin(injector: FaultInjector, fault: Fault): void {
  injector.begin(fault);
}

function endOf(injector: FaultInjector, fault: Fault): void {
  injector.end(fault);
}
