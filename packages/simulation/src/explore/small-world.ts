/** A world small enough to be exhausted: a project, the machines of its slots, and what is under way between them. */
import type { Policy } from '@fettle/contract';
import {
  newProjectRecord,
  type Command,
  type MachineEvent,
  type MachineRecord,
  type OutboxEntry,
  type PendingAction,
  type PendingProjectAction,
  type ProjectConfig,
  type ProjectEvent,
  type ProjectRecord,
} from '@fettle/core';
import { template } from '@fettle/core/testing/project-builders';
import type { Underway } from './project-object.ts';
import type { Receiver, Sickness } from './receiver.ts';

/**
 * The clock moves in whole ticks, one for each check interval. An alarm fires at the first tick at or after its time,
 * and everything that happens has a tick as its time: so only the order of things is left, and which are due.
 */
export const TICK_MS = 60_000;

/** When every world begins. */
export const EPOCH = 29_666_667 * TICK_MS;

export const PROJECT = 'demo';

/** What may go wrong, and what people may want; each time counts once. */
export type Budget = {
  /** Calls of which the request or the answer is lost, or whose request arrives after its sender has given up. */
  losses: number;
  /** Requests that arrive a second time, later. */
  duplicates: number;
  /** Ends of an object in the middle of an alarm's run. */
  crashes: number;
  /** Machines that become sick, of the kinds that the configuration names. */
  sicknesses: number;
  /** Work of a receiver that ends in failure. */
  failures: number;
  /** Ticks for which what is due has to wait. */
  delays: number;
  /** Ticks that a receiver's work takes: without any, it ends within the tick in which it began. */
  slow: number;
  /** Times for which the whole control plane is away; where clocks step, also times by which they step back. */
  absences: number;
  /** Reports of a daemon, as true as at that moment, that arrive at once or later. */
  reports: number;
  /** What people ask, of the kinds that the configuration names. */
  commands: number;
};

export const NOTHING: Budget = {
  losses: 0,
  duplicates: 0,
  crashes: 0,
  sicknesses: 0,
  failures: 0,
  delays: 0,
  slow: 0,
  absences: 0,
  reports: 0,
  commands: 0,
};

export type Configuration = {
  name: string;
  /** What it is to show. */
  purpose: string;
  slots: string[];
  policy: Policy;
  budget: Budget;
  sicknesses: Sickness[];
  commands: Command[];
  /** What people ask of the project, out of the same budget. */
  asks: ProjectEvent[];
  /** Whether other things can happen between a call's arrival and the taking in of its answer. */
  split: boolean;
  /** Whether the clock may step back. */
  clockSteps: boolean;
  /** Whether it begins with machines that have been healthy for long, or with a project that was just asked for. */
  begins: 'healthy' | 'empty';
};

/** What an alarm's run of a machine still has to send. */
export type Send = { kind: 'message'; entry: OutboxEntry } | { kind: 'action'; action: PendingAction };

/** A machine's object, its receiver, and what is on its way to either. */
export type MachineSide = {
  machineId: string;
  record: MachineRecord;
  /** What of it is stored; `null` when all of it is. The rest is lost when the object ends. */
  stored: MachineRecord | null;
  alarm: number | null;
  /** The alarm's run: what it has to send, and the answer that it has not taken in yet. */
  run: { queue: Send[]; answer: MachineEvent | null } | null;
  receiver: Receiver;
  /** Requests that arrive after nobody waits for them any more. */
  late: (Send | { kind: 'report'; event: MachineEvent })[];
  /** What once was so, for promises about it. */
  once: {
    troubled: boolean;
    healthy: boolean;
    bricked: boolean;
    restarts: number;
    /** When its object woke long after it should have. */
    returnedAt: number | null;
  };
};

export type ProjectSide = {
  record: ProjectRecord;
  alarm: number | null;
  run: { queue: PendingProjectAction[]; answer: { actionId: string; ok: boolean } | null } | null;
  late: Underway[];
};

export type World = { now: number; left: Budget; project: ProjectSide; machines: MachineSide[] };

/** The world before anything was asked for. */
export function emptyWorld(configuration: Configuration): World {
  const record = newProjectRecord(projectConfig(configuration));
  return { now: EPOCH, left: NOTHING, project: { record, alarm: null, run: null, late: [] }, machines: [] };
}

export function projectConfig({ slots, policy }: Configuration): ProjectConfig {
  return { organization: 'acme', project: PROJECT, template: template(), policy, slots };
}

export function machineOf(world: World, machineId: string): MachineSide | undefined {
  return world.machines.find((side) => side.machineId === machineId);
}

/** The world with a machine's side replaced, or added. */
export function withMachine(world: World, side: MachineSide): World {
  const known = world.machines.some((one) => one.machineId === side.machineId);
  const machines = known
    ? world.machines.map((one) => (one.machineId === side.machineId ? side : one))
    : [...world.machines, side];
  return { ...world, machines };
}

/** The world after something was spent from its budget. */
export function spend(world: World, what: keyof Budget): World {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1 } };
}
