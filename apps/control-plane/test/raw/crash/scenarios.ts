import type { PolicyInput } from '@fettle/contract';
import { FAKE_IMAGES } from '../../../src/providers/fake-provider.ts';
import { FAST, GOOD, type ControlPlane } from '../control-plane.ts';
import { NEW, OLD, PROJECT, type MachineEnd, type Outcome } from './outcome.ts';

/** A short story of one machine that falls ill, and how it has to end, wherever whatever crashed. */
export type Scenario = {
  name: string;
  policy: PolicyInput;
  /** Makes the machine ill. It is healthy by then, its data was copied once, and a note lies in its data. */
  trouble(plane: ControlPlane): Promise<void> | void;
  /** Points that it must come past, or nothing is shown by its crashes. */
  points: string[];
  end: Outcome;
};

/** Machines have all the time they need: only looks decide when a try has failed. */
const TIMEOUT_MS = 600_000;

function onlyLevels(...levels: (1 | 2 | 3 | 4)[]): PolicyInput {
  const ladder = levels.map((level) => ({ level, attempts: 1, timeoutMs: TIMEOUT_MS }));
  // A budget for substitutions belongs to a ladder that ends with one.
  return levels.includes(4)
    ? { ...FAST, ladder }
    : { ...FAST, ladder, budgets: { substitutions: { max: 0 } } };
}

const ails = (curedBy: 'restart-services' | 'restart' | 'nothing') => (plane: ControlPlane) =>
  plane.host.provider.machine(OLD)?.ail({ service: 'web', curedBy });

const getsBadVersion = async (plane: ControlPlane) => {
  await plane.operator().machines.refreshCode({ machineId: OLD, refs: { customer: 'broken' } });
};

const [, OTHER_IMAGE = ''] = FAKE_IMAGES;

/** A machine to which nothing ever happened. */
const UNTOUCHED: MachineEnd = {
  phase: 'healthy',
  power: 'running',
  boots: 1,
  operations: ['create', 'copy'],
  commands: [],
  note: 'precious',
  customer: GOOD,
};

/** The machine is healed by one level; `leaves` is how often the project gave leave for it. */
function healed(level: number, leaves: number, work: Partial<MachineEnd>): Outcome {
  return {
    slot: OLD,
    incidents: [{ outcome: 'healed', healedBy: level, tries: [`${level}.1 healed`] }],
    evidence: [],
    notices: [],
    machines: { [OLD]: { ...UNTOUCHED, ...work } },
    leaves,
    unfinished: [],
    unknownActions: [],
  };
}

/** The machine is replaced by one that has its data. */
function substituted(tries: string[], leaves: number, work: Partial<MachineEnd>): Outcome {
  return {
    slot: NEW,
    incidents: [{ outcome: 'bricked', healedBy: null, tries }],
    evidence: [],
    notices: ['bricked', 'substituted'],
    machines: { [OLD]: { ...UNTOUCHED, phase: 'retired', power: 'stopped', ...work }, [NEW]: UNTOUCHED },
    leaves,
    unfinished: [],
    unknownActions: [],
  };
}

const sides = (effect: string) => [`before ${effect}`, `after ${effect}`];
const steps = (message: string) => [`${message}, told`, `${message}, stored`];
const exchange = (order: string) => [`${order}, asked`, `${order}, stored`];
const HANDOVER = [
  ...sides(`${OLD} stop 1`),
  ...sides(`${OLD} copy 1`),
  ...steps(`${OLD} asks for a replacement`),
  ...exchange(`${NEW} provision`),
  ...sides(`${NEW} create 1`),
  ...steps(`${NEW} says that it is healthy`),
  ...exchange(`${OLD} retire`),
  ...sides(`${OLD} stop 2`),
];

/** The scenarios short enough for pairs of crashes. */
export const SHORT: Scenario[] = [
  {
    name: 'level 1',
    policy: onlyLevels(1),
    trouble: ails('restart-services'),
    points: sides(`${OLD} restart web 1`),
    end: healed(1, 0, { commands: ['restart web'] }),
  },
  {
    name: 'level 2',
    policy: onlyLevels(2),
    trouble: getsBadVersion,
    points: [
      ...sides(`${OLD} add apply 1`),
      ...exchange(`${OLD} permit for level 2`),
      ...sides(`${OLD} add apply 2`),
    ],
    end: healed(2, 1, { commands: ['add apply', 'add apply'] }),
  },
  {
    name: 'level 3',
    policy: onlyLevels(3),
    trouble: ails('restart'),
    points: [...exchange(`${OLD} permit for level 3`), ...sides(`${OLD} restart 1`)],
    end: healed(3, 1, { operations: ['create', 'copy', 'restart'], boots: 2 }),
  },
  {
    name: 'level 4',
    policy: onlyLevels(4),
    trouble: ails('nothing'),
    points: [...exchange(`${OLD} permit for level 4`), ...HANDOVER],
    end: substituted(['4.1 healed'], 1, { operations: ['create', 'copy', 'stop', 'copy', 'stop'] }),
  },
];

/** What is known of a machine is kept before it is restarted. */
export const EVIDENCE: Scenario = {
  name: 'evidence',
  // Leave has to last while evidence is collected, and the level after it.
  policy: {
    ...onlyLevels(3),
    evidence: { mode: 'collect' },
    stormGuard: { permitMs: TIMEOUT_MS + 60_000 },
  },
  trouble: ails('restart'),
  points: [...sides(`${OLD} collect evidence 1`), ...sides(`${OLD} restart 1`)],
  end: {
    ...healed(3, 1, { operations: ['create', 'copy', 'restart'], boots: 2 }),
    evidence: ['level 3: events.json, inside.json, provider.json, snapshots.json'],
  },
};

/** The project has a machine run another image. */
export const ROLLOUT: Scenario = {
  name: 'a rollout',
  policy: onlyLevels(1),
  trouble: async (plane) => {
    await plane.operator().projects.refreshCode({ project: PROJECT, image: OTHER_IMAGE });
  },
  points: [...exchange(`${OLD} order to rebuild`), ...sides(`${OLD} rebuild 1`)],
  end: {
    ...healed(1, 0, { operations: ['create', 'copy', 'rebuild'], boots: 2 }),
    incidents: [],
    notices: ['rollout', 'rollout'],
  },
};

/** Every level in one life. */
export const WHOLE_LADDER: Scenario = {
  name: 'levels 1 to 4',
  policy: onlyLevels(1, 2, 3, 4),
  async trouble(plane) {
    ails('nothing')(plane);
    await getsBadVersion(plane);
  },
  // One permit is enough for levels 2 to 4: it is a lease.
  points: [
    ...sides(`${OLD} restart web 1`),
    ...exchange(`${OLD} permit for level 2`),
    ...sides(`${OLD} add apply 2`),
    ...sides(`${OLD} restart 1`),
    ...HANDOVER,
  ],
  end: substituted(['1.1 failed', '2.1 failed', '3.1 failed', '4.1 healed'], 3, {
    operations: ['create', 'copy', 'restart', 'stop', 'copy', 'stop'],
    commands: ['add apply', 'restart web', 'add apply'],
    boots: 2,
  }),
};
