/** Situations around versions and evidence that a simulation has to have been in. */
import type { MachineRecord, ProjectRecord } from '@fettle/core';
import { openIncident } from '@fettle/core';
import type { MachineStep, ProjectStep } from '../world/surroundings.ts';
import { newTries } from './new-tries.ts';
import { isSame } from './version-step-invariants.ts';

const skips = (step: MachineStep, reason: string) => newTries(step).some((one) => one.reason === reason);
const begins = ({ before, decision }: MachineStep, what: string) =>
  decision.record.pending?.do === what && decision.record.pending.ref.id !== before.pending?.ref.id;
const finishes = ({ event, before }: MachineStep, what: string) =>
  event.type === 'finished' && before.pending?.do === what && before.pending.ref.id === event.actionId;
const attempts = (step: MachineStep) => {
  const { state, pending } = step.decision.record;
  return state.phase === 'recovering' && state.attempt !== null && state.attempt.actionId === pending?.ref.id;
};
const orderIs = ({ before, decision }: MachineStep, status: string) =>
  before.order !== decision.record.order && decision.record.order?.status === status;
const provenHere = ({ ledger, fleet }: MachineRecord) => [
  ...ledger.filter((one) => one.state === 'works'),
  ...fleet.slot,
];

export const VERSION_MACHINE_PROBES = {
  'a level is skipped: its slot is pinned': (step: MachineStep) => skips(step, 'pinned'),
  'held: its versions are quarantined': ({ decision }: MachineStep) =>
    openIncident(decision.record.state)?.held?.reason === 'version-quarantined',
  'level 2 goes to another image': (step: MachineStep) => begins(step, 'rebuild') && attempts(step),
  'level 2 goes to what only others have proven': (step: MachineStep) => {
    const { record } = step.decision;
    const { pending } = record;
    if (!begins(step, 'apply-versions') || !attempts(step) || pending?.do !== 'apply-versions') return false;
    const { platform = '', customer = '' } = pending.refs;
    const target = { image: record.versions?.image ?? '', platform, customer };
    return !provenHere(record).some((one) => isSame(one.versions, target));
  },
  'evidence is collected': (step: MachineStep) =>
    finishes(step, 'collect-evidence') && step.event.type === 'finished' && step.event.outcome.ok,
  'evidence cannot be collected': (step: MachineStep) =>
    finishes(step, 'collect-evidence') && step.event.type === 'finished' && !step.event.outcome.ok,
  'evidence is gone without': ({ before, event, decision }: MachineStep) =>
    event.type === 'woke' &&
    before.pending?.do === 'collect-evidence' &&
    decision.record.pending?.ref.id !== before.pending.ref.id,
  'an order is carried out': (step: MachineStep) => orderIs(step, 'done'),
  'an order fails': (step: MachineStep) => orderIs(step, 'failed'),
};

const rollout = ({ before, decision }: ProjectStep, state: string) =>
  decision.record.rollout?.state === state && before.rollout?.state !== state;
const waves = ({ rollout: one }: ProjectRecord, outcome: string) =>
  one?.waves.filter((wave) => wave.outcome === outcome).length ?? 0;
const grows = ({ before, decision }: ProjectStep, part: 'quarantines' | 'pins') =>
  decision.record[part].length > before[part].length;

export const VERSION_PROJECT_PROBES = {
  'a rollout is done': (step: ProjectStep) => rollout(step, 'done'),
  'a rollout goes back': (step: ProjectStep) => rollout(step, 'reverting'),
  'a rollout is back': (step: ProjectStep) => rollout(step, 'reverted'),
  'a rollout is stopped': (step: ProjectStep) => rollout(step, 'stopped'),
  'a wave hurts': ({ before, decision }: ProjectStep) =>
    waves(decision.record, 'hurt') > waves(before, 'hurt'),
  'a third wave is good': ({ decision }: ProjectStep) => waves(decision.record, 'good') > 2,
  'a second wave hurts': ({ decision }: ProjectStep) =>
    waves(decision.record, 'good') > 0 && waves(decision.record, 'hurt') > 0,
  'machines leave quarantined versions': ({ before, decision }: ProjectStep) =>
    decision.record.rollout?.kind === 'revert' && decision.record.rollout.number !== before.rollout?.number,
  'versions are blamed': (step: ProjectStep) =>
    grows(step, 'quarantines') && step.decision.record.quarantines.at(-1)?.by === 'blame',
  'versions are quarantined by a person': (step: ProjectStep) =>
    grows(step, 'quarantines') && step.decision.record.quarantines.at(-1)?.by === 'person',
  'a rollout is frozen by blame': (step: ProjectStep) =>
    grows(step, 'quarantines') && rollout(step, 'reverting'),
  'a quarantine is lifted': ({ before, decision }: ProjectStep) =>
    decision.record.quarantines.length < before.quarantines.length,
  'an incident of the project closes by itself': ({ before, event, decision }: ProjectStep) =>
    event.type === 'machine-changed' &&
    before.incidents !== decision.record.incidents &&
    before.incidents.filter((one) => one.closedAt === null).length >
      decision.record.incidents.filter((one) => one.closedAt === null).length,
  'a slot is pinned in a rollout': (step: ProjectStep) =>
    grows(step, 'pins') && step.before.rollout?.state === 'running',
  'a rollout is refused': ({ event, decision }: ProjectStep) =>
    event.type === 'refresh-asked' && decision.refused !== null,
  'a storm does not hold those whose versions are to blame': ({ event, before, decision }: ProjectStep) =>
    event.type === 'permit-requested' &&
    event.level === 2 &&
    decision.permit?.granted === true &&
    before.quarantines.some((one) => isSame(one.versions, event.versions)),
};
