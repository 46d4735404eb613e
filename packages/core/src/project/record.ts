/** The one durable record of a project: its slots, the plans that give them machines, and who may act now. */
import type {
  DataCopy,
  Level,
  MachineIdentity,
  MachineTemplate,
  Phase,
  Policy,
  RetiredMachine,
  VersionRefs,
} from '@fettle/contract';

/** A stable name and the machine it leads to. */
export type Slot = {
  slot: string;
  /** The machine that the slot leads to; never a bricked or retired one. */
  machineId: string | null;
  /** Every machine of the slot, the newest first. */
  machines: string[];
  /** Generation of the newest machine. */
  generation: number;
  phase: Phase | null;
};

/** How a slot gets its first machine, or its replacement. Goes on wherever it was after a crash. */
export type Plan = {
  slot: string;
  kind: 'fill' | 'substitute';
  step: 'create' | 'await-healthy' | 'parked';
  oldMachineId: string | null;
  newMachineId: string;
  copy: DataCopy | null;
  versions: VersionRefs;
  startedAt: number;
  since: number;
};

/** An effect on a machine object. Every one is idempotent there, and is sent until it is acknowledged. */
export type ProjectAction =
  | { do: 'provision'; identity: MachineIdentity; versions: VersionRefs; restoreCopyId: string | null }
  | { do: 'retire'; machineId: string }
  | { do: 'destroy'; machineId: string }
  | { do: 'adopt-policy'; machineId: string };

export type PendingProjectAction = ProjectAction & { id: string; sends: number; nextSendAt: number };

export type ProjectRecord = {
  version: 1;
  organization: string;
  project: string;
  template: MachineTemplate;
  policy: Policy;
  sequence: number;
  slots: Slot[];
  plans: Plan[];
  retired: (RetiredMachine & { destroying: boolean })[];
  /** Leases to do something disruptive. */
  permits: { machineId: string; level: Level; expiresAt: number }[];
  sick: string[];
  /** Substitutions of the recent past, for the budget. */
  substitutions: { slot: string; at: number }[];
  pending: PendingProjectAction[];
};

/** What an operator asks of a project. */
export type ProjectConfig = Pick<ProjectRecord, 'organization' | 'project' | 'template' | 'policy'> & {
  slots: string[];
};

/** A project without slots. */
export function newProjectRecord(config: ProjectConfig): ProjectRecord {
  const { organization, project, template, policy } = config;
  return {
    version: 1,
    organization,
    project,
    template,
    policy,
    sequence: 0,
    slots: [],
    plans: [],
    retired: [],
    permits: [],
    sick: [],
    substitutions: [],
    pending: [],
  };
}

/** The deterministic id of a slot's machine of one generation. */
export function machineIdOf(
  record: Pick<ProjectRecord, 'project'>,
  slot: string,
  generation: number,
): string {
  return `${record.project}.${slot}.${generation}`;
}

/** Every machine that may still need watching: those of the slots and plans, and those that wait for clean-up. */
export function watchedMachines(record: ProjectRecord): string[] {
  const ids = [
    ...record.slots.flatMap((slot) => (slot.machineId === null ? [] : [slot.machineId])),
    ...record.plans.flatMap((plan) => [
      plan.newMachineId,
      ...(plan.oldMachineId === null ? [] : [plan.oldMachineId]),
    ]),
    ...record.retired.map((machine) => machine.machineId),
  ];
  return [...new Set(ids)];
}
