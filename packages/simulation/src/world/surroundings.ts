/** What the objects of a world reach outside themselves, and who is told of what they decide. */
import type { MachineIdentity, Policy } from '@fettle/contract';
import type {
  Decision,
  MachineEvent,
  MachineRecord,
  Observation,
  Outcome,
  OutboxEntry,
  PendingAction,
  PermitRequest,
  ProjectAction,
  ProjectDecision,
  ProjectEvent,
  ProjectRecord,
  SweptMachine,
} from '@fettle/core';
import type { Wait } from '../runtime/turns.ts';

/** Everything but a look and a request for a permit: what has an effect on a machine. */
export type EffectAction = Exclude<PendingAction, { do: 'observe' } | { do: 'request-permit' }>;

/** One step of a machine object. */
export type MachineStep = {
  before: MachineRecord;
  event: MachineEvent;
  now: number;
  policy: Policy;
  decision: Decision;
};

/** One step of a project object. */
export type ProjectStep = {
  before: ProjectRecord;
  event: ProjectEvent;
  now: number;
  decision: ProjectDecision;
};

export interface MachineSurroundings {
  look(record: MachineRecord, policy: Policy, depth: 'light' | 'deep', startedAt: number): Wait<Observation>;
  effect(record: MachineRecord, policy: Policy, action: EffectAction): Wait<Outcome>;
  /** Fails when the project did not acknowledge. */
  deliver(identity: MachineIdentity, entry: OutboxEntry): Wait<null>;
  permit(record: MachineRecord, request: PermitRequest): Wait<Outcome>;
  machineStepped(step: MachineStep): void;
  threw(error: unknown): void;
}

export interface ProjectSurroundings {
  /** Fails when the machine object did not acknowledge. */
  carryOut(record: ProjectRecord, action: ProjectAction): Wait<null>;
  ensureArmed(machineId: string): Wait<SweptMachine['answer']>;
  projectStepped(step: ProjectStep): void;
  threw(error: unknown): void;
}
