/** The run of the project's alarm: the only place where its object sends anything. */
import { commandRefusal, newMachineRecord, type MachineEvent, type ProjectAction } from '@fettle/core';
import { checkSending } from './promises.ts';
import { newReceiver } from './receiver.ts';
import { stepMachine } from './step-machine.ts';
import { stepProject, withProject } from './step-project.ts';
import { machineOf, withMachine, type World } from './small-world.ts';

/** The alarm fires: what is due is decided, and becomes the run's queue. */
export function wakeProject(world: World): World {
  const [after, { actions }] = stepProject(world, { type: 'woke' });
  return withProject(after, { run: actions.length === 0 ? null : { queue: actions, answer: null } });
}

/** An action arrives at the machine's object that it is for. */
export function arrive(world: World, action: ProjectAction): World {
  checkSending(world, action);
  switch (action.do) {
    case 'provision': {
      const { identity, versions: initialVersions, restoreCopyId } = action;
      const { services, limits } = world.project.record.template;
      const origin = { identity, services, limits, initialVersions, restoreCopyId };
      return command(machineOf(world, identity.machineId) ? world : withNewMachine(world, origin), {
        machineId: identity.machineId,
        event: { type: 'commanded', command: { kind: 'provision' } },
      });
    }
    case 'retire':
    case 'destroy':
      return command(world, {
        machineId: action.machineId,
        event: { type: 'commanded', command: { kind: action.do } },
      });
    case 'adopt-policy':
      return world;
  }
}

function withNewMachine(world: World, origin: Parameters<typeof newMachineRecord>[0]): World {
  const { machineId } = origin.identity;
  return withMachine(world, {
    machineId,
    record: newMachineRecord(origin, world.now),
    stored: null,
    alarm: null,
    run: null,
    receiver: newReceiver(machineId),
    late: [],
    once: { troubled: false, healthy: false, bricked: false, restarts: 0, returnedAt: null },
  });
}

/** A command arrives at a machine's object, which takes it or refuses it. */
export function command(
  world: World,
  { machineId, event }: { machineId: string; event: Extract<MachineEvent, { type: 'commanded' }> },
): World {
  const side = machineOf(world, machineId);
  if (side === undefined || commandRefusal(side.record, event.command) !== null) return world;
  return stepMachine(world, side, event)[0];
}

/** The next action of the run, as it is sent. */
export function sendOfProject(
  world: World,
  how: { arrives: boolean; answered: boolean; again: boolean },
): World {
  const { run, late } = world.project;
  const [action, ...queue] = run?.queue ?? [];
  if (action === undefined) return world;
  const after = how.arrives ? arrive(world, action) : world;
  return withProject(after, {
    run: { queue, answer: { actionId: action.id, ok: how.answered } },
    late: how.again ? [...late, withoutId(action)] : late,
  });
}

/** A receiver knows an action by what it says; its id is the sender's. */
function withoutId({
  id: _id,
  sends: _sends,
  nextSendAt: _nextSendAt,
  ...action
}: ProjectAction & {
  id: string;
  sends: number;
  nextSendAt: number;
}): ProjectAction {
  return action;
}

/** The run takes in what came of the action that it sent. */
export function answerProject(world: World): World {
  const { run } = world.project;
  if (run === null || run.answer === null) return world;
  const [after] = stepProject(world, { type: 'finished', ...run.answer });
  return withProject(after, { run: run.queue.length === 0 ? null : { queue: run.queue, answer: null } });
}
