/** Projects for tests. Every step is checked for what must always hold. */
import type { MachineTemplate, Origin, Phase, PolicyInput } from '@fettle/contract';
import {
  decideProject,
  type ProjectDecision,
  type ProjectEvent,
  type Wish,
} from '../project/decide-project.ts';
import {
  newProjectRecord,
  type ProjectConfig,
  type ProjectRecord,
  type ToldMachine,
} from '../project/record.ts';
import { withCommand } from '../project/quota.ts';
import type { PermitRequest } from '../permit.ts';
import type { BrickedMachine } from '../project/substitution.ts';
import { copy, policy, serviceSpec, T0 } from './builders.ts';
import { deepFreeze } from './deep-freeze.ts';
import { checkProject } from './project-invariants.ts';

export function template(overrides: Partial<MachineTemplate> = {}): MachineTemplate {
  return {
    type: 'local-docker',
    services: [serviceSpec()],
    limits: { memoryMb: 512, cpus: 1, pids: 256 },
    versions: { platform: 'main', customer: 'main' },
    image: null,
    regions: [],
    ...overrides,
  };
}

/** What an operator asks for: by default one slot, `web-1`. */
export function config(overrides: Partial<ProjectConfig> = {}): ProjectConfig {
  return {
    organization: 'acme',
    project: 'demo',
    template: template(),
    policy: policy(),
    slots: ['web-1'],
    ...overrides,
  };
}

/** A machine tells what became of it. Without overrides it says of itself only what its phase says. */
export function changed(
  machineId: string,
  phase: Phase,
  overrides: Partial<ToldMachine> = {},
): Extract<ProjectEvent, { type: 'machine-changed' }> {
  const sick = phase === 'suspect' || phase === 'recovering' || phase === 'bricked';
  return {
    type: 'machine-changed',
    phase,
    ...toldMachine(machineId, { sick }),
    ...overrides,
  };
}

/** What a machine has told that said nothing of versions. */
export function toldMachine(machineId: string, overrides: Partial<ToldMachine> = {}): ToldMachine {
  return {
    machineId,
    word: 1,
    sick: false,
    host: 'host-1',
    gone: false,
    versions: null,
    versionsSince: null,
    proven: false,
    healthySince: null,
    incidentAt: null,
    order: null,
    ...overrides,
  };
}

/** A machine was given up; without overrides its newest copy is fresh, and its replacement starts with `main`. */
export function gaveUp(
  machineId: string,
  overrides: Partial<BrickedMachine> = {},
): Extract<ProjectEvent, { type: 'bricked' }> {
  return {
    type: 'bricked',
    machineId,
    copy: copy({ machineId }),
    copyAgeMs: 0,
    versions: { platform: 'main', customer: 'main' },
    image: null,
    ...overrides,
  };
}

/** A machine asks for leave to be restarted. */
export function permitAsked(
  machineId: string,
  overrides: Partial<PermitRequest> = {},
): Extract<ProjectEvent, { type: 'permit-requested' }> {
  return {
    type: 'permit-requested',
    machineId,
    level: 3,
    step: '1/3/1',
    host: 'host-1',
    gone: false,
    versions: null,
    ...overrides,
  };
}

/** The person who asks for things in tests. */
export const PERSON: Origin = {
  actor: { kind: 'token', id: 'abcdefghijkl' },
  requestId: 'request-1',
};

const WISHES: Record<Wish['type'], true> = {
  applied: true,
  'policy-set': true,
  'quota-set': true,
  'guard-overridden': true,
  'refresh-asked': true,
  'rollout-stopped': true,
  pinned: true,
  unpinned: true,
  quarantined: true,
  'quarantine-lifted': true,
};

/** An event; a wish of nobody in particular is one of that person. */
export type Asked = ProjectEvent | Wish;

export function asEvent(asked: Asked): ProjectEvent {
  return isWish(asked) ? { by: PERSON, ...asked } : asked;
}

function isWish(event: Asked): event is Wish {
  return event.type in WISHES;
}

/** The record after a wish that changed nothing but the count of what people ask. */
export function oneMoreCommand(record: ProjectRecord, now = T0): ProjectRecord {
  return { ...record, commands: withCommand(record, now) };
}

/** Decides one event, and checks what must hold. */
export function decideOn(record: ProjectRecord, asked: Asked, now = T0): ProjectDecision {
  const before = deepFreeze(record);
  const decision = decideProject({ record: before, event: deepFreeze(asEvent(asked)), now });
  checkProject(before, decision, now);
  return decision;
}

/** The record after these events, one after the other. */
export function after(record: ProjectRecord, ...events: Asked[]): ProjectRecord {
  return events.reduce((present, event) => decideOn(present, event).record, record);
}

/** A project whose slots were asked for; nothing has been sent yet. */
export function applied(slots = ['web-1'], rules: PolicyInput = {}): ProjectRecord {
  const asked = config({ slots, policy: policy(rules) });
  return after(newProjectRecord(asked), { type: 'applied', config: asked });
}

/** A project whose machines are all healthy, with nothing left to do. */
export function running(slots = ['web-1'], rules: PolicyInput = {}): ProjectRecord {
  let record = applied(slots, rules);
  for (const action of record.pending)
    record = after(record, { type: 'finished', actionId: action.id, ok: true });
  for (const slot of slots) record = after(record, changed(`demo.${slot}.1`, 'healthy'));
  return record;
}
