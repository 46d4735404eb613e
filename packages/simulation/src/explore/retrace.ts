/** Tells a way through a system as a story: one line for each step, with what it changed. */
import { openIncident } from '@fettle/core';
import type { Step, System, Way } from './search.ts';
import { TICK_MS, type MachineSide, type World } from './small-world.ts';

/** One step of a story. */
export type Told = { at: number; what: string; changed: string[] };

/** Walks a way again. The last step may be the one that breaks a promise, and leads nowhere. */
export function retrace<S>(system: System<S>, way: Way): { states: S[]; steps: Step<S>[] } {
  const [states, steps]: [S[], Step<S>[]] = [[system.initial], []];
  for (const taken of way) {
    const state = states.at(-1);
    const step = state === undefined ? undefined : system.steps(state)[taken];
    if (step === undefined) throw new Error(`There is no step ${taken}: the system is not the same twice`);
    steps.push(step);
    if ('next' in step) states.push(step.next);
  }
  return { states, steps };
}

/** The story of a way through a small world. */
export function tellWay(system: System<World>, way: Way): Told[] {
  const { states, steps } = retrace(system, way);
  return steps.map((step, index) => {
    const [before, after] = [states[index] ?? system.initial, states[index + 1]];
    const at = ticks(before.now - system.initial.now);
    return { at, what: step.what, changed: after === undefined ? [] : changes(before, after) };
  });
}

const ticks = (ms: number): number => Math.round(ms / TICK_MS);

function changes(before: World, after: World): string[] {
  const was = lines(before);
  return [...lines(after)].flatMap(([name, line]) => {
    const old = was.get(name);
    return old === line ? [] : [old === undefined ? `${name}: ${line}` : `${name}: ${difference(old, line)}`];
  });
}

/** Only the parts that are not the same. */
function difference(old: string, line: string): string {
  const [from, to] = [old.split(' · '), line.split(' · ')];
  return to
    .flatMap((part, index) => (part === from[index] ? [] : [`${from[index] ?? ''} -> ${part}`]))
    .join(', ');
}

function lines(world: World): Map<string, string> {
  const { slots, plans, permits, told, pending } = world.project.record;
  const sick = told.filter((one) => one.sick).map((one) => one.machineId);
  return new Map([
    ...slots.map((slot): [string, string] => {
      const plan = plans.find((one) => one.slot === slot.slot);
      return [
        `slot ${slot.slot}`,
        `leads to ${slot.machineId ?? 'nothing'} · plan ${plan?.step ?? 'none'} · believed ${slot.phase ?? 'nothing'}`,
      ];
    }),
    [
      'project',
      `to send ${pending.map((one) => one.do).join(' ') || 'nothing'} · permits ${permits.map((one) => one.machineId).join(' ') || 'none'} · sick ${sick.join(' ') || 'none'}`,
    ],
    ...world.machines.flatMap((side) => [machineLine(side), receiverLine(side)]),
  ]);
}

function machineLine({ machineId, record }: MachineSide): [string, string] {
  const incident = openIncident(record.state);
  const attempt = record.state.phase === 'recovering' ? record.state.attempt : null;
  const outbox = record.outbox.map(({ message }) =>
    message.kind === 'changed' ? message.phase : message.kind,
  );
  return [
    machineId,
    [
      `${record.state.phase}`,
      `wanted ${record.desired}`,
      `pending ${record.pending?.do ?? 'nothing'}`,
      `to tell ${outbox.join(' ') || 'nothing'}`,
      `try ${attempt === null ? 'none' : `level ${attempt.level}`}`,
      `held ${incident?.held?.reason ?? 'no'}`,
      `failed checks ${record.check.failed}`,
    ].join(' · '),
  ];
}

function receiverLine({ machineId, receiver }: MachineSide): [string, string] {
  const { power, sickness, work, change } = receiver;
  return [
    `receiver of ${machineId}`,
    `${power} · ${sickness ?? 'sound'} · at work on ${work.map((one) => one.operation.kind).join(' ') || 'nothing'} · change ${change?.status ?? 'none'}`,
  ];
}
