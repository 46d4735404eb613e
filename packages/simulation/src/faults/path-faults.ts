/** Faults of the ways: between objects, from us to hosts and machines, and from machines to us. */
import type { Link, LinkTrouble } from '../world/link.ts';
import type { World } from '../world/world.ts';
import type { Begin } from './begin.ts';
import type { Fault } from './fault.ts';

/** The slowest way: longer than any deadline of a call. */
const SLOWEST_MS = 40_000;
const LATEST_MS = 240_000;

function onProject(trouble: (fault: Fault) => Partial<LinkTrouble>): Begin {
  return (world, fault) => {
    const project = world.projectNames[fault.target % world.projectNames.length] ?? 'p1';
    return world.projectLink(project).disturb(trouble(fault));
  };
}

function onHost(trouble: (fault: Fault) => Partial<LinkTrouble>): Begin {
  return (world, fault) => hostOf(world, fault).link.disturb(trouble(fault));
}

/** The ways to one machine, as far as it exists when the fault begins. */
function onMachine(trouble: (fault: Fault) => Partial<LinkTrouble>, ways: readonly ('down' | 'up')[]): Begin {
  return (world, fault) => {
    const placement = world.placement(world.machineOf(fault.target));
    if (placement === undefined) return null;
    const ends = ways.map((way) => (placement[way] satisfies Link).disturb(trouble(fault)));
    return () => {
      for (const end of ends) end();
    };
  };
}

/** The host that a fault hits. */
export function hostOf(world: World, { target }: Fault) {
  return world.hosts[target % world.hosts.length] ?? world.firstHost;
}

const cut = () => ({ lost: 1 });
/** Lost packets are sent again: at half of them lost, answers take up to 2.5 s, and few do not come (fault matrix). */
const lossy = ({ share }: Fault) => ({ lost: share ** 4, slowMs: Math.round(share * 5000) });
const slow = ({ share }: Fault) => ({ slowMs: Math.round(share * SLOWEST_MS) });
const disorderly = ({ share }: Fault) => ({ repeated: share, slowMs: Math.round(share * SLOWEST_MS) });
/** Slow enough that a request is overtaken by one that was made minutes later: its receiver must refuse it. */
const overtaken = ({ share }: Fault) => ({ repeated: share, slowMs: Math.round(share ** 2 * LATEST_MS) });
const answersLost = ({ share }: Fault) => ({ answersLost: share });

export const PATH_FAULTS = {
  'messages-lost': onProject(({ share }) => ({ lost: share })),
  'acknowledgements-lost': onProject(answersLost),
  'messages-disordered': onProject(disorderly),
  overloaded: onProject(({ share }) => ({ refused: share })),
  'answers-lost': onHost(answersLost),
  'host-partition': onHost(cut),
  'host-slow': onHost(overtaken),
  partition: onMachine(cut, ['down', 'up']),
  'one-way-in': onMachine(cut, ['down']),
  'one-way-out': onMachine(cut, ['up']),
  'lossy-path': onMachine(lossy, ['down', 'up']),
  'slow-path': onMachine(slow, ['down', 'up']),
  'reports-disordered': onMachine(disorderly, ['up']),
} satisfies Record<string, Begin>;
