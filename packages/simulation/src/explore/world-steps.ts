/** Everything that can happen next in a small world. */
import type { ProjectAction } from '@fettle/core';
import { Broken } from './broken.ts';
import { clockSteps } from './clock-steps.ts';
import type { Possible } from './possible.ts';
import {
  answerMachine,
  crashMachine,
  dropSend,
  isWanted,
  reach,
  sendOfMachine,
  wakeMachine,
} from './machine-object.ts';
import {
  answerProject,
  arrive,
  command,
  sendOfProject,
  wakeProject,
  type Underway,
} from './project-object.ts';
import { endChange, endWork, isWell, servicesOf, sicken } from './receiver.ts';
import type { Step } from './search.ts';
import { stepMachine } from './step-machine.ts';
import { stepProject, withProject } from './step-project.ts';
import {
  spend,
  withMachine,
  type Budget,
  type Configuration,
  machineOf,
  type MachineSide,
  type Send,
  type World,
} from './small-world.ts';
import { report } from '@fettle/core/testing/builders';

/** All steps out of a state; each costs what it costs, and is left out when that is spent. */
export function stepsOf(world: World, configuration: Configuration): Step<World>[] {
  const possible = [
    ...world.machines.flatMap((side) => machineSteps(world, side, configuration)),
    ...projectSteps(world, configuration),
    ...clockSteps(world, configuration),
  ];
  return possible
    .filter(({ costs }) => costs === undefined || world.left[costs] > 0)
    .map(({ what, costs, then }) => ({ what, fault: costs !== undefined, ...outcome(then, costs) }));
}

function outcome(then: () => World, costs: keyof Budget | undefined) {
  try {
    const next = then();
    return { next: costs === undefined ? next : spend(next, costs) };
  } catch (error) {
    if (error instanceof Broken) return { violation: error.violation };
    throw error;
  }
}

function machineSteps(world: World, side: MachineSide, configuration: Configuration): Possible[] {
  return [
    ...runSteps(world, side, configuration),
    ...receiverSteps(world, side, configuration),
    ...lateSteps(world, side),
    ...wishSteps(world, side, configuration),
  ];
}

function runSteps(world: World, side: MachineSide, { split }: Configuration): Possible[] {
  const { machineId: who, run, alarm } = side;
  const crash: Possible = { what: `${who} ends`, costs: 'crashes', then: () => crashMachine(world, side) };
  if (run === null) {
    const isDue = alarm !== null && alarm <= world.now;
    return [
      ...(isDue ? [{ what: `${who} wakes`, then: () => wakeMachine(world, side) }] : []),
      ...(side.stored === null ? [] : [crash]),
    ];
  }
  if (run.answer !== null)
    return [{ what: `${who} takes in the answer`, then: () => answerMachine(world, side) }, crash];
  const [send] = run.queue;
  if (send === undefined) return [];
  if (!isWanted(side, send))
    return [
      { what: `${who} drops ${nameOf(send)}: it is not wanted any more`, then: () => dropSend(world, side) },
    ];
  const sent = (how: Way, and: 'wait' | 'answer' | 'crash') => () => {
    const after = sendOfMachine(world, side, how);
    const present = machineOf(after, who) ?? side;
    return and === 'wait'
      ? after
      : and === 'crash'
        ? crashMachine(after, present)
        : answerMachine(after, present);
  };
  if (send.kind === 'action' && send.action.do === 'observe') {
    const and = split ? 'wait' : 'answer';
    return [
      { what: `${who} looks`, then: sent(WAYS.arrives, and) },
      { what: `${who} looks, and the provider is silent`, costs: 'losses', then: sent(WAYS.lost, and) },
      crash,
    ];
  }
  return [...callSteps(`${who} sends ${nameOf(send)}`, sent, split), crash];
}

/** How a call can go: whether its receiver gets it now, its sender gets the answer, its receiver gets it (again) later. */
type Way = { arrives: boolean; answered: boolean; again: boolean };

const WAYS = {
  arrives: { arrives: true, answered: true, again: false },
  lost: { arrives: false, answered: false, again: false },
  unanswered: { arrives: true, answered: false, again: false },
  slow: { arrives: false, answered: false, again: true },
  twice: { arrives: true, answered: true, again: true },
} satisfies Record<string, Way>;

/** Where calls are not split, the answer is taken in at once, or its sender ends before it comes. */
function callSteps(
  what: string,
  sent: (how: Way, and: 'wait' | 'answer' | 'crash') => () => World,
  split: boolean,
): Possible[] {
  const and = split ? 'wait' : 'answer';
  return [
    { what, then: sent(WAYS.arrives, and) },
    { what: `${what}, which is lost`, costs: 'losses', then: sent(WAYS.lost, and) },
    { what: `${what}, whose answer is lost`, costs: 'losses', then: sent(WAYS.unanswered, and) },
    { what: `${what}, which is slower than its sender waits`, costs: 'losses', then: sent(WAYS.slow, and) },
    { what: `${what}, which will arrive a second time`, costs: 'duplicates', then: sent(WAYS.twice, and) },
    ...(split
      ? []
      : [
          {
            what: `${what}, and ends before the answer`,
            costs: 'crashes' as const,
            then: sent(WAYS.arrives, 'crash'),
          },
        ]),
  ];
}

function receiverSteps(world: World, side: MachineSide, { sicknesses }: Configuration): Possible[] {
  const { machineId: who, receiver } = side;
  // What a machine was brought to may ail it.
  const became = (changed: typeof receiver) => () =>
    withMachine(world, {
      ...side,
      receiver: changed,
      once: { ...side.once, troubled: side.once.troubled || changed.sickness !== null },
    });
  const work = receiver.work[0]?.operation.kind;
  const change = receiver.change?.status === 'running';
  const failed = (changed: typeof receiver) => () =>
    withMachine(world, { ...side, receiver: changed, once: { ...side.once, troubled: true } });
  return [
    ...(work
      ? [
          { what: `the ${work} of ${who} is done`, then: became(endWork(receiver, 'done', world.now)) },
          {
            what: `the ${work} of ${who} fails`,
            costs: 'failures' as const,
            then: failed(endWork(receiver, 'failed', world.now)),
          },
        ]
      : []),
    ...(change
      ? [
          { what: `the version change of ${who} is done`, then: became(endChange(receiver, 'done')) },
          {
            what: `the version change of ${who} fails`,
            costs: 'failures' as const,
            then: failed(endChange(receiver, 'failed')),
          },
        ]
      : []),
    ...(isWell(receiver)
      ? sicknesses.map((sickness) => ({
          what: `${who} is ${sickness === 'service' || sickness === 'version' ? `sick: ${sickness}` : sickness}`,
          costs: 'sicknesses' as const,
          then: failed(sicken(receiver, sickness)),
        }))
      : []),
  ];
}

function lateSteps(world: World, side: MachineSide): Possible[] {
  const { machineId: who, late } = side;
  return late.map((one, index) => {
    const present = { ...side, late: late.toSpliced(index, 1) };
    const rest = withMachine(world, present);
    if (one.kind === 'report')
      return {
        what: `a report of ${who} arrives late`,
        then: () => stepMachine(rest, present, one.event)[0],
      };
    return {
      what: `${nameOf(one)} of ${who} arrives late`,
      then: () => reach(rest, present, one, 'late')[0],
    };
  });
}

/** What people ask, and what daemons tell: nobody has to. */
function wishSteps(world: World, side: MachineSide, { commands }: Configuration): Possible[] {
  const { machineId, receiver } = side;
  const wishes = commands.map((wish): Possible => ({
    what: `somebody asks ${machineId} to ${wish.kind}`,
    costs: 'commands',
    then: () => command(world, { machineId, event: { type: 'commanded', by: null, command: wish } }),
  }));
  if (receiver.power !== 'running' || receiver.sickness === 'wedged') return wishes;
  const told = report({ services: servicesOf(receiver), versions: receiver.versions, bootId: machineId });
  const event = { type: 'reported' as const, report: told };
  return [
    ...wishes,
    {
      what: `the daemon of ${machineId} reports`,
      costs: 'reports',
      then: () => stepMachine(world, side, event)[0],
    },
    {
      what: `the daemon of ${machineId} reports, which will arrive late`,
      costs: 'reports',
      then: () => withMachine(world, { ...side, late: [...side.late, { kind: 'report', event }] }),
    },
  ];
}

function projectSteps(world: World, { split, asks }: Configuration): Possible[] {
  const { run, alarm, late } = world.project;
  const arrivals: Possible[] = [
    ...late.map((action, index) => ({
      what: `${nameOfAction(action)} arrives late`,
      then: () => arrive(withProject(world, { late: late.toSpliced(index, 1) }), action),
    })),
    ...asks.map((ask) => ({
      what: `somebody asks the project: ${ask.type}`,
      costs: 'commands' as const,
      then: () => stepProject(world, ask)[0],
    })),
  ];
  if (run === null) {
    const isDue = alarm !== null && alarm <= world.now;
    return isDue ? [{ what: 'the project wakes', then: () => wakeProject(world) }, ...arrivals] : arrivals;
  }
  const crash = (from: World) => withProject(from, { run: null });
  const ends: Possible = { what: 'the project ends', costs: 'crashes', then: () => crash(world) };
  if (run.answer !== null)
    return [{ what: 'the project takes in the answer', then: () => answerProject(world) }, ends, ...arrivals];
  const [action] = run.queue;
  if (action === undefined) return arrivals;
  const sent = (how: Way, and: 'wait' | 'answer' | 'crash') => () => {
    const after = sendOfProject(world, how);
    return and === 'wait' ? after : and === 'crash' ? crash(after) : answerProject(after);
  };
  return [...callSteps(`the project sends ${nameOfAction(action)}`, sent, split), ends, ...arrivals];
}

function nameOf(send: Send): string {
  if (send.kind === 'action') return send.action.do;
  const { message } = send.entry;
  return message.kind === 'changed' ? `"${message.phase}"` : `"${message.kind}"`;
}

function nameOfAction(action: ProjectAction | Underway): string {
  return action.do === 'provision'
    ? `provision ${action.identity.machineId}`
    : `${action.do} ${action.machineId}`;
}
