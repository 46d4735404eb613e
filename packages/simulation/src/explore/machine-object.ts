/** The run of a machine's alarm: the only place where its object sends anything. */
import type { EvidenceBundle } from '@fettle/contract';
import type { Decision, MachineEvent, Outcome, PendingAction } from '@fettle/core';
import { checkAct } from './promises.ts';
import { look, refusal, take } from './receiver.ts';
import { stepMachine } from './step-machine.ts';
import { hear, judge } from './step-project.ts';
import { machineOf, withMachine, type MachineSide, type Send, type World } from './small-world.ts';

/** The alarm fires: what is due is decided, and becomes the run's queue. */
export function wakeMachine(world: World, side: MachineSide): World {
  const [after, decision] = stepMachine(world, side, {
    type: 'woke',
    scheduledFor: side.alarm ?? world.now,
  });
  return withRun(after, side.machineId, sendsOf(decision));
}

/** The run takes in the answer to what it sent. */
export function answerMachine(world: World, side: MachineSide): World {
  const { run } = side;
  if (run === null || run.answer === null) return world;
  const [after, decision] = stepMachine(world, side, run.answer);
  return withRun(after, side.machineId, [...run.queue, ...sendsOf(decision)]);
}

function sendsOf({ messages, actions }: Decision): Send[] {
  return [
    ...messages.map((entry) => ({ kind: 'message' as const, entry })),
    ...actions.map((action) => ({ kind: 'action' as const, action })),
  ];
}

function withRun(world: World, machineId: string, queue: Send[]): World {
  const side = machineOf(world, machineId);
  if (side === undefined) return world;
  if (queue.length > 0) return withMachine(world, { ...side, run: { queue, answer: null } });
  // At the end of a run all of it is stored.
  return withMachine(world, { ...side, run: null, stored: null });
}

/** The object ends where it is. The platform keeps its alarm, and what is stored. */
export function crashMachine(world: World, side: MachineSide): World {
  return withMachine(world, { ...side, run: null, record: side.stored ?? side.record, stored: null });
}

/** Whether what is next in the run is still wanted: a person's wish may have overtaken it. */
export function isWanted({ record }: MachineSide, send: Send): boolean {
  return send.kind === 'message' || record.pending?.ref.id === send.action.ref.id;
}

/** The next thing in the run is not sent. */
export function dropSend(world: World, side: MachineSide): World {
  return withRun(world, side.machineId, side.run?.queue.slice(1) ?? []);
}

/**
 * The next thing in the run, as it is sent. `arrives`: the receiver gets it now · `answered`: the sender gets the
 * answer · `again`: the receiver gets it later (as well).
 */
export function sendOfMachine(
  world: World,
  side: MachineSide,
  how: { arrives: boolean; answered: boolean; again: boolean },
): World {
  const [send, ...queue] = side.run?.queue ?? [];
  if (send === undefined) return world;
  const [after, answer] = how.arrives ? reach(world, side, send, 'in time') : [world, null];
  const present = machineOf(after, side.machineId);
  if (present === undefined) return world;
  return withMachine(after, {
    ...present,
    run: { queue, answer: (how.answered ? answer : null) ?? unanswered(world, side, send) },
    late: how.again ? [...present.late, send] : present.late,
  });
}

/** What a machine's object sends arrives where it is meant to. */
export function reach(
  world: World,
  side: MachineSide,
  send: Send,
  when: 'in time' | 'late',
): [World, MachineEvent] {
  const { machineId } = side;
  if (send.kind === 'message') {
    const { message, id } = send.entry;
    return [hear(world, machineId, message), { type: 'delivered', entryId: id, ok: true }];
  }
  const { action } = send;
  const actionId = action.ref.id;
  if (action.do === 'observe') {
    const observation = look(side.receiver, { depth: action.depth, silent: false, now: world.now });
    return [world, { type: 'observed', actionId, observation }];
  }
  if (action.do === 'request-permit') {
    const { level, step, host, gone, versions } = action;
    const [after, permit] = judge(world, machineId, { level, step, host, gone, versions });
    return [after, { type: 'finished', actionId, outcome: { ok: true, permit } }];
  }
  if (action.do === 'collect-evidence') {
    const evidence = bundleOf(side, action, world.now);
    return [world, { type: 'finished', actionId, outcome: { ok: true, evidence } }];
  }
  return act(world, side, action, when);
}

function act(
  world: World,
  side: MachineSide,
  action: PendingAction,
  when: 'in time' | 'late',
): [World, MachineEvent] {
  const { initialVersions: refs, initialImage: image } = side.record;
  const [receiver, outcome] = take(side.receiver, action, { now: world.now, refs, image });
  if (receiver !== side.receiver) checkAct(world, side, action, when);
  return [withMachine(world, { ...side, receiver }), { type: 'finished', actionId: action.ref.id, outcome }];
}

/** Where evidence is kept: there is always room, and nothing of it is looked at. */
function bundleOf(
  { machineId }: MachineSide,
  { ref, incident, level }: Extract<PendingAction, { do: 'collect-evidence' }>,
  now: number,
): EvidenceBundle {
  const nothing = { parts: [], missing: [], work: [], copyAgeMs: null };
  return { id: String(ref.sequence), machineId, incident, level, takenAt: now, ...nothing };
}

/** What the sender makes of having got no answer. */
function unanswered(world: World, side: MachineSide, send: Send): MachineEvent {
  if (send.kind === 'message') return { type: 'delivered', entryId: send.entry.id, ok: false };
  const actionId = send.action.ref.id;
  if (send.action.do === 'observe') {
    const observation = look(side.receiver, { depth: send.action.depth, silent: true, now: world.now });
    return { type: 'observed', actionId, observation };
  }
  // A project that does not answer is not asked again under the same id: its answer would be of the past.
  const outcome: Outcome =
    send.action.do === 'request-permit'
      ? refusal('DEADLINE_EXCEEDED', 'no answer in time', false)
      : refusal('HOST_UNREACHABLE', 'no answer in time', true);
  return { type: 'finished', actionId, outcome };
}
