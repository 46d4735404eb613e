/** The one durable record of a project: its slots, the plans that give them machines, and who may act now. */
import * as v from 'valibot';
import {
  Quota,
  type DataCopy,
  type Level,
  type MachineIdentity,
  type MachineTemplate,
  type Phase,
  type Pin,
  type Policy,
  type ProjectIncident,
  type ProvenVersions,
  type Quarantine,
  type RetiredMachine,
  type Rollout,
  type VersionRefs,
  type VersionSet,
  type WatchView,
} from '@fettle/contract';
import type { OrderedChange } from '../machine/outbox.ts';
import type { PermitRefusal } from '../permit.ts';

/** A stable name and the machine it leads to. */
export type Slot = {
  slot: string;
  /** The machine that the slot leads to; never a bricked or retired one. It is always the newest. */
  machineId: string | null;
  /** The machines of the slot, the newest first; of a long history the newest only. */
  machines: string[];
  /** Generation of the newest machine. */
  generation: number;
  phase: Phase | null;
  /** The copy that the newest machine was made from: what is left if it never made one of its own. */
  copy: DataCopy | null;
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
  image: string | null;
  startedAt: number;
  since: number;
};

/** An effect on a machine object. Every one is idempotent there, and is sent until it is acknowledged. */
export type ProjectAction =
  | {
      do: 'provision';
      identity: MachineIdentity;
      versions: VersionRefs;
      image: string | null;
      restoreCopyId: string | null;
    }
  | { do: 'retire'; machineId: string }
  | { do: 'destroy'; machineId: string }
  | { do: 'adopt-policy'; machineId: string }
  /** A change of what a machine runs, under a name that the machine tells back. */
  | { do: 'change'; machineId: string; order: string; refs: VersionRefs | null; image: string | null }
  /** Tells a machine what the project knows of versions now. */
  | { do: 'tell-fleet'; machineId: string };

export type PendingProjectAction = ProjectAction & { id: string; sends: number; nextSendAt: number };

/** What a machine that the project counts on has last told of itself. */
export type ToldMachine = {
  machineId: string;
  /** The number of that word. */
  word: number;
  sick: boolean;
  host: string | null;
  /** It was there, and its provider says that it does not exist. */
  gone: boolean;
  versions: VersionSet | null;
  versionsSince: number | null;
  proven: boolean;
  healthySince: number | null;
  incidentAt: number | null;
  order: OrderedChange | null;
};

/** A lease to do something disruptive to one machine. */
export type ProjectPermit = { machineId: string; level: Level; host: string | null; expiresAt: number };

/** A disruptive action that leave was given for; `step` names it for good. */
export type SpentAction = {
  at: number;
  host: string | null;
  step: string;
  /** Its machine was given up for being gone. */
  gone: boolean;
};

export type ProjectRecord = {
  version: 1;
  organization: string;
  project: string;
  template: MachineTemplate;
  policy: Policy;
  /** What it may use at the most. */
  quota: Quota;
  /** Commands of people within the last hour, by the minute in which they came. */
  commands: { minute: number; count: number }[];
  /** The last numbered message that was taken from each machine: what comes again is not taken twice. */
  heard: { machineId: string; number: number }[];
  sequence: number;
  slots: Slot[];
  plans: Plan[];
  retired: (RetiredMachine & { destroying: boolean })[];
  told: ToldMachine[];
  permits: ProjectPermit[];
  /** Machines whose wish for a permit was refused, so that people are told once and not at every repeat. */
  held: { machineId: string; reason: PermitRefusal; isShared: boolean }[];
  /** Disruptive actions of the recent past, for the budgets of the project and its hosts. */
  spent: SpentAction[];
  /** Substitutions of the recent past with what each costs, for the budgets. */
  substitutions: { slot: string; at: number; cost: number }[];
  pending: PendingProjectAction[];
  /** The rollout that goes on, or the last one, with what its machines ran before. */
  rollout: RolloutRecord | null;
  rollouts: number;
  /** With machines that stay on it, because their revert was stopped or has hurt: a person must decide about them. */
  quarantines: (Quarantine & { leftAlone: string[] })[];
  pins: Pin[];
  /** Machines that got sick soon after they had come to their versions, and were not well with them since. */
  sickened: Sickness[];
  /** The newest first; of a long history the newest only. */
  proven: ProvenVersions[];
  /** The newest first; of a long history the newest only. */
  incidents: ProjectIncident[];
  /** Counts what machines were told of versions. */
  fleetWord: number;
  /** A person let recovery pass the storm guard until then. */
  guardOverride: { until: number; reason: string } | null;
  /** What the last sweep found. */
  watch: Omit<WatchView, 'stale'> | null;
  /** The latest time at which anything was decided: a clock that shows less has stepped back. */
  decidedAt: number;
};

/** A rollout with what it needs to go on, and to go back. */
export type RolloutRecord = Rollout & {
  /** It is for every slot: new ones come along, and new machines start with its target once it is done. */
  isForAll: boolean;
  /** The versions that a revert leads away from. */
  awayFrom: VersionSet | null;
  /** What each slot that was changed ran before, and on which machine. */
  before: { slot: string; machineId: string; versions: VersionSet }[];
  /** When it turned back. */
  turnedAt: number | null;
};

/** One machine that got sick soon after it had come to its versions. */
export type Sickness = {
  versions: VersionSet;
  slot: string;
  machineId: string;
  /** When its incident was opened. */
  at: number;
  /** A person has lifted the quarantine that followed: it counts no more. */
  isForgiven: boolean;
};

/** What a project may use before somebody says otherwise. */
export const DEFAULT_QUOTA: Quota = v.parse(Quota, {});

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
    quota: DEFAULT_QUOTA,
    commands: [],
    heard: [],
    sequence: 0,
    slots: [],
    plans: [],
    retired: [],
    told: [],
    permits: [],
    held: [],
    spent: [],
    substitutions: [],
    pending: [],
    rollout: null,
    rollouts: 0,
    quarantines: [],
    pins: [],
    sickened: [],
    proven: [],
    incidents: [],
    fleetWord: 0,
    guardOverride: null,
    watch: null,
    decidedAt: 0,
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
  return [...new Set([...presentMachines(record), ...record.retired.map((machine) => machine.machineId)])];
}

/** The machines that the project counts on, or gives up right now: the newest of every slot, and what it replaces. */
export function presentMachines(record: ProjectRecord): string[] {
  const retired = new Set(record.retired.map((machine) => machine.machineId));
  return [
    ...record.slots.flatMap((slot) => slot.machines.slice(0, 1)),
    ...record.plans.flatMap((plan) => (plan.oldMachineId === null ? [] : [plan.oldMachineId])),
  ].filter((machineId) => !retired.has(machineId));
}
