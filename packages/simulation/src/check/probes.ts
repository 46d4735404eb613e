/**
 * "Sometimes" marks: situations that a simulation has to have been in, or its silence says nothing. Every one is listed
 * here; a run that is long enough must reach them all.
 */
import type { Incident, StepReason } from '@fettle/contract';
import { openIncident, type MachineRecord } from '@fettle/core';
import { FAULT_KINDS } from '../faults/fault.ts';
import type { EffectAction, MachineStep, ProjectStep } from '../world/surroundings.ts';
import { newTries } from './new-tries.ts';
import { VERSION_MACHINE_PROBES, VERSION_PROJECT_PROBES } from './version-probes.ts';

type Phase = MachineRecord['state']['phase'];
type Of<Step> = Record<string, (step: Step) => boolean>;

const phase = ({ decision }: MachineStep) => decision.record.state.phase;
const enters = (step: MachineStep, to: Phase) => step.before.state.phase !== to && phase(step) === to;
const leaves = (step: MachineStep, from: Phase, to: Phase) =>
  step.before.state.phase === from && phase(step) === to;
const held = ({ decision }: MachineStep) => openIncident(decision.record.state)?.held?.reason ?? null;
const isHeld = (step: MachineStep, reason: StepReason) => held(step) === reason;
const tries = (step: MachineStep, level: number, outcome: Incident['tries'][number]['outcome']) =>
  newTries(step).some((one) => one.level === level && one.outcome === outcome);
const skips = (step: MachineStep, reason: StepReason) => newTries(step).some((one) => one.reason === reason);
const heals = (step: MachineStep, level: number) =>
  enters(step, 'settling') && openIncident(step.decision.record.state)?.healedBy === level;
const commands = ({ event }: MachineStep, kind: string) =>
  event.type === 'commanded' && event.command.kind === kind;
const isRefused = ({ event }: MachineStep, code: string) =>
  event.type === 'finished' && !event.outcome.ok && event.outcome.code === code;
const domain = ({ decision }: MachineStep) => decision.record.diagnosis?.domain ?? null;
const failsWith = (step: MachineStep, reason: StepReason) => {
  const was = openIncident(step.before.state)?.tries ?? [];
  const is = openIncident(step.decision.record.state)?.tries ?? [];
  return is.some((one, index) => one.reason === reason && was[index]?.reason !== reason);
};

const MACHINE_PROBES = {
  ...VERSION_MACHINE_PROBES,
  'level 1 is tried': (step) => tries(step, 1, 'running'),
  'level 2 is tried': (step) => tries(step, 2, 'running'),
  'level 3 is tried': (step) => tries(step, 3, 'running'),
  'a machine is given up': (step) => enters(step, 'bricked'),
  'level 1 heals': (step) => heals(step, 1),
  'level 2 heals': (step) => heals(step, 2),
  'level 3 heals': (step) => heals(step, 3),
  'a machine gets well by itself in an incident': (step) => heals(step, 0),
  'a suspect gets well': (step) => leaves(step, 'suspect', 'healthy'),
  'a success does not settle': (step) => leaves(step, 'settling', 'recovering'),
  'an incident closes': (step) => leaves(step, 'settling', 'healthy'),
  'a machine cannot be created': (step) => leaves(step, 'provisioning', 'recovering'),
  'a level fails: still unhealthy': (step) => failsWith(step, 'still-unhealthy'),
  'a level fails: the service gave up again': (step) => failsWith(step, 'service-gave-up-again'),
  'a level fails: the version change failed': (step) => failsWith(step, 'version-change-failed'),
  'a level fails: the operation failed': (step) => failsWith(step, 'operation-failed'),
  'a level fails: the receiver refused': (step) => failsWith(step, 'receiver-refused'),
  'a level is skipped: pidnap is out of reach': (step) => skips(step, 'pidnap-unreachable'),
  'a level is skipped: the machine does not run': (step) => skips(step, 'machine-not-running'),
  'a level is skipped: the machine is gone': (step) => skips(step, 'machine-gone'),
  'a level is skipped: nothing is known to work': (step) => skips(step, 'no-known-good'),
  'a level is skipped: what runs is known to work': (step) => skips(step, 'already-known-good'),
  'a level is skipped: the budget is spent': (step) => skips(step, 'budget-spent'),
  'held: the storm guard': (step) => isHeld(step, 'storm-guard'),
  'held: no answer about a permit': (step) => isHeld(step, 'no-permit-answer'),
  'held: it is not the machine': (step) => isHeld(step, 'not-the-machine'),
  'held: too many are gone': (step) => isHeld(step, 'mass-absence'),
  'held: the budget of the project is spent': (step) => isHeld(step, 'project-budget'),
  'held: shadow mode': (step) => isHeld(step, 'shadow-mode'),
  'held: no level is left': (step) => isHeld(step, 'ladder-exhausted'),
  'a try is only a shadow': (step) => newTries(step).some((one) => one.outcome === 'shadow'),
  'the host is to blame': (step) => domain(step) === 'host',
  'the provider is to blame': (step) => domain(step) === 'provider',
  'the network is to blame': (step) => domain(step) === 'network',
  'the machine is to blame': (step) => domain(step) === 'machine',
  'a service is to blame': (step) => domain(step) === 'service',
  'a version is to blame': (step) => domain(step) === 'version',
  'we ourselves are to blame': (step) => domain(step) === 'control-plane',
  'we notice that we were away': ({ before, decision }) =>
    decision.record.returnGraceUntil > before.returnGraceUntil,
  'an outcome nobody waits for': ({ event, before }) =>
    event.type === 'finished' && event.actionId !== before.pending?.ref.id,
  'a look nobody waits for': ({ event, before }) =>
    event.type === 'observed' && event.actionId !== before.pending?.ref.id,
  'an outcome for a machine that was given up': ({ event, before }) =>
    (event.type === 'finished' || event.type === 'observed') &&
    (before.state.phase === 'bricked' || before.state.phase === 'retired'),
  'an old report is dropped': ({ event, before, decision }) =>
    event.type === 'reported' && before.report === decision.record.report,
  'a message is not acknowledged': ({ event }) => event.type === 'delivered' && !event.ok,
  'a receiver is silent': (step) => isRefused(step, 'DEADLINE_EXCEEDED'),
  'an action is given up after many sends': ({ event, before, decision }) =>
    event.type === 'woke' &&
    before.pending !== null &&
    before.pending.do !== 'observe' &&
    before.pending.ref.id !== decision.record.pending?.ref.id,
  'a person stops a machine in recovery': (step) =>
    commands(step, 'stop') && step.before.state.phase === 'recovering',
  'a person stops a machine that is being made': (step) =>
    commands(step, 'stop') && step.before.state.phase === 'provisioning',
  'a person starts a machine': (step) => commands(step, 'start'),
  'a person restarts a machine in recovery': (step) =>
    commands(step, 'restart') && step.before.state.phase === 'recovering',
  'a machine that is stopped runs again': (step) => leaves(step, 'stopped', 'stopping'),
  'a replaced machine is at rest': ({ before, decision }) => {
    const { state } = decision.record;
    return state.phase === 'retired' && state.settled && before.state !== state;
  },
  'a replaced machine is destroyed': (step) => enters(step, 'destroyed'),
  'data of a machine that was given up is copied': (step) =>
    step.before.state.phase === 'bricked' &&
    step.before.copy.last?.copyId !== step.decision.record.copy.last?.copyId,
  'versions are proven to be broken': ({ before, decision }) =>
    before.ledger !== decision.record.ledger &&
    decision.record.ledger.some(
      (entry, index) => entry.state === 'broken' && before.ledger[index]?.state !== 'broken',
    ),
} satisfies Of<MachineStep>;

const gave = (step: ProjectStep, reason: string) =>
  step.decision.permit !== null && !step.decision.permit.granted && step.decision.permit.reason === reason;
const tells = ({ decision }: ProjectStep, kind: string) => decision.notices.some((one) => one.kind === kind);

const PROJECT_PROBES = {
  ...VERSION_PROJECT_PROBES,
  'a permit is given': ({ decision }) => decision.permit?.granted === true,
  'a permit is refused: storm guard': (step) => gave(step, 'storm-guard'),
  'a permit is refused: too many are gone': (step) => gave(step, 'mass-absence'),
  'a permit is refused: budget of the project': (step) => gave(step, 'project-budget'),
  'a permit is asked for again': ({ before, event }) =>
    event.type === 'permit-requested' && before.permits.some((one) => one.machineId === event.machineId),
  'a slot is substituted': (step) => tells(step, 'substituted'),
  'a substitution is parked': (step) => tells(step, 'parked'),
  'a parked substitution goes on': ({ before, event, decision }) =>
    event.type === 'woke' &&
    before.plans.some((plan) => plan.step === 'parked') &&
    decision.record.plans.filter((plan) => plan.step === 'parked').length <
      before.plans.filter((plan) => plan.step === 'parked').length,
  'a replacement is given up in its turn': ({ before, event, decision }) =>
    event.type === 'bricked' &&
    before.plans.some((plan) => plan.newMachineId === event.machineId) &&
    decision.record.plans !== before.plans,
  'a machine is said twice to be given up': ({ event, before, decision }) =>
    event.type === 'bricked' && before.plans === decision.record.plans,
  'a late word of a replaced machine': ({ event, before }) =>
    event.type === 'machine-changed' &&
    before.retired.some((machine) => machine.machineId === event.machineId),
  'words of one machine overtake each other': ({ event, before }) => {
    if (event.type !== 'machine-changed' || event.phase === 'retired' || event.phase === 'destroyed')
      return false;
    const slot = before.slots.find((one) => one.machines[0] === event.machineId);
    return slot?.phase === 'bricked';
  },
  'a replaced machine is cleaned up': (step) => tells(step, 'cleaned-up'),
  'a replacement has no data': ({ before, decision }) =>
    before.plans !== decision.record.plans &&
    decision.record.plans.some((plan) => plan.kind === 'substitute' && plan.copy === null),
  'a machine object does not acknowledge': ({ event }) => event.type === 'finished' && !event.ok,
  'a project sends again': ({ decision }) => decision.actions.some((action) => action.sends > 1),
} satisfies Of<ProjectStep>;

/** Effects that are sent more than once under one id. */
const EFFECTS: readonly EffectAction['do'][] = [
  'create',
  'start',
  'stop',
  'restart',
  'destroy',
  'restart-services',
  'apply-versions',
  'rebuild',
  'collect-evidence',
];

const MARKS = [
  'a receiver refuses an old action',
  'a receiver is asked twice',
  ...EFFECTS.map((effect) => `sent again: ${effect}`),
  ...FAULT_KINDS.map((kind) => `fault ${kind}`),
];

/** Every probe there is. */
export const PROBES: readonly string[] = [
  ...Object.keys(MACHINE_PROBES),
  ...Object.keys(PROJECT_PROBES),
  ...MARKS,
];

/** What was seen this often need not be looked for any more. */
const OFTEN = 50;

type Probe<Step> = { name: string; isHere: (step: Step) => boolean };

export class Probes {
  private readonly counts = new Map<string, number>(PROBES.map((name) => [name, 0]));
  private machine: Probe<MachineStep>[] = listOf(MACHINE_PROBES);
  private project: Probe<ProjectStep>[] = listOf(PROJECT_PROBES);

  machineStepped(step: MachineStep): void {
    this.machine = this.look(this.machine, step);
  }

  projectStepped(step: ProjectStep): void {
    this.project = this.look(this.project, step);
  }

  mark(name: string): void {
    const count = this.counts.get(name);
    if (count !== undefined) this.counts.set(name, count + 1);
  }

  /** How often every probe was reached; counting ends at 50 where it costs something. */
  entries(): [string, number][] {
    return [...this.counts];
  }

  add(entries: readonly [string, number][]): void {
    for (const [name, count] of entries) this.counts.set(name, (this.counts.get(name) ?? 0) + count);
  }

  unreached(): string[] {
    return this.entries()
      .filter(([, count]) => count === 0)
      .map(([name]) => name);
  }

  private look<Step>(probes: Probe<Step>[], step: Step): Probe<Step>[] {
    let isDone = false;
    for (const { name, isHere } of probes) {
      if (!isHere(step)) continue;
      this.mark(name);
      isDone ||= (this.counts.get(name) ?? 0) >= OFTEN;
    }
    return isDone ? probes.filter(({ name }) => (this.counts.get(name) ?? 0) < OFTEN) : probes;
  }
}

function listOf<Step>(probes: Of<Step>): Probe<Step>[] {
  return Object.entries(probes).map(([name, isHere]) => ({ name, isHere }));
}
