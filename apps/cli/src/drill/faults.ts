/** Everything that the drill breaks, in its order: what it is, how it must heal. No code that breaks anything. */

export const FAULT_NAMES = [
  'service-killed',
  'service-down',
  'daemon-hangs',
  'bad-customer-commit',
  'bad-platform-commit',
  'pidnap-hangs',
  'machine-gone',
  'bad-rollout',
  'bad-version-everywhere',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Faults that are for a project as a whole. */
const PROJECT_FAULTS = ['bad-rollout', 'bad-version-everywhere'] as const satisfies FaultName[];
type ProjectFaultName = (typeof PROJECT_FAULTS)[number];

/** What is expected of a fault. */
type Expected = {
  /** What is done, for people. */
  title: string;
  /** The level that must heal it; 0: pidnap alone, no incident. */
  level: 0 | 1 | 2 | 3 | 4;
  /** Levels that must have been tried before it, in this order. */
  triedBefore: readonly number[];
};
/** A fault of one machine. */
export type MachineFault = Expected & { name: Exclude<FaultName, ProjectFaultName> };
/** A fault that a project is given, and has to bear as a whole. */
export type ProjectFault = Expected & { name: ProjectFaultName };
export type Fault = MachineFault | ProjectFault;

/** Whether a fault is for a project as a whole. */
export function isForProject(fault: Fault): fault is ProjectFault {
  return PROJECT_FAULTS.some((name) => name === fault.name);
}

export const FAULTS: { [Name in FaultName]: Expected & { name: Name } } = {
  'service-killed': {
    name: 'service-killed',
    title: 'the customer’s service is killed (SIGKILL)',
    level: 0,
    triedBefore: [],
  },
  'service-down': {
    name: 'service-down',
    title: 'the service is killed at every start, until pidnap gives it up',
    level: 1,
    triedBefore: [],
  },
  'daemon-hangs': {
    name: 'daemon-hangs',
    title: 'the daemon hangs (SIGSTOP)',
    level: 1,
    triedBefore: [],
  },
  'bad-customer-commit': {
    name: 'bad-customer-commit',
    title: 'a commit of the customer is deployed whose service crashes at its start',
    level: 2,
    triedBefore: [1],
  },
  'bad-platform-commit': {
    name: 'bad-platform-commit',
    title: 'a commit of the platform is deployed whose daemon ends at its start',
    level: 2,
    triedBefore: [1],
  },
  'pidnap-hangs': {
    name: 'pidnap-hangs',
    title: 'pidnap itself hangs (SIGSTOP)',
    level: 3,
    triedBefore: [],
  },
  'machine-gone': {
    name: 'machine-gone',
    title: 'the machine is removed, with its disk',
    level: 4,
    triedBefore: [],
  },
  'bad-rollout': {
    name: 'bad-rollout',
    title: 'a rollout brings a commit that crashes to the project; only its first wave may be hurt',
    level: 2,
    triedBefore: [1],
  },
  'bad-version-everywhere': {
    name: 'bad-version-everywhere',
    title: 'a commit that crashes lands on all machines at once, and has to be taken away from them',
    level: 2,
    triedBefore: [1],
  },
};

/** The slots that a drill needs, and which of them a fault is for: one after the other, so that each can calm down. */
export function slotFor(index: number, slots: readonly string[]): string {
  const slot = slots[index % slots.length];
  if (slot === undefined) throw new Error('A drill needs a slot');
  return slot;
}
