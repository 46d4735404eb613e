/** The run of the project's alarm: the only place where its object sends anything. */
import {
  commandRefusal,
  newMachineRecord,
  type Command,
  type FleetVersions,
  type MachineEvent,
  type PendingProjectAction,
  type ProjectAction,
} from '@fettle/core';
import { fleetVersionsOf } from '@fettle/core/project/fleet-word';
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

/** What is on its way to a machine's object. What is told of versions is read when it is sent. */
export type Underway =
  | Exclude<ProjectAction, { do: 'tell-fleet' }>
  | (Extract<ProjectAction, { do: 'tell-fleet' }> & { fleet: FleetVersions });

/** An action arrives at the machine's object that it is for. */
export function arrive(world: World, action: Underway): World {
  checkSending(world, action);
  switch (action.do) {
    case 'provision': {
      const { identity, versions: initialVersions, image: initialImage, restoreCopyId } = action;
      const { services, limits, regions } = world.project.record.template;
      const origin = { identity, services, limits, initialVersions, initialImage, regions, restoreCopyId };
      return command(machineOf(world, identity.machineId) ? world : withNewMachine(world, origin), {
        machineId: identity.machineId,
        event: { type: 'commanded', by: null, command: { kind: 'provision' } },
      });
    }
    case 'retire':
    case 'destroy':
      return command(world, {
        machineId: action.machineId,
        event: { type: 'commanded', by: null, command: { kind: action.do } },
      });
    case 'adopt-policy':
      return world;
    case 'change':
      return command(world, {
        machineId: action.machineId,
        event: { type: 'commanded', by: null, command: changeOf(action) },
      });
    case 'tell-fleet':
      return command(world, {
        machineId: action.machineId,
        event: { type: 'commanded', by: null, command: { kind: 'adopt-fleet', fleet: action.fleet } },
      });
  }
}

function changeOf({ order, refs, image }: Extract<ProjectAction, { do: 'change' }>): Command {
  if (image !== null) return { kind: 'rebuild', image, refs, order };
  return { kind: 'apply-versions', refs: refs ?? {}, order };
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
  if (side === undefined) return world;
  // An order of the project is taken in any case: the project hears from the record that it failed.
  const isOrder = 'order' in event.command && event.command.order !== null;
  if (!isOrder && commandRefusal(side.record, event.command) !== null) return world;
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
  const underway = asSent(world, action);
  const after = how.arrives ? arrive(world, underway) : world;
  return withProject(after, {
    run: { queue, answer: { actionId: action.id, ok: how.answered } },
    late: how.again ? [...late, underway] : late,
  });
}

/** A receiver knows an action by what it says; its id is the sender's. */
function asSent({ project }: World, pending: PendingProjectAction): Underway {
  const { id: _id, sends: _sends, nextSendAt: _nextSendAt, ...action } = pending;
  return action.do === 'tell-fleet'
    ? { ...action, fleet: fleetVersionsOf(project.record, action.machineId) }
    : action;
}

/** The run takes in what came of the action that it sent. */
export function answerProject(world: World): World {
  const { run } = world.project;
  if (run === null || run.answer === null) return world;
  const [after] = stepProject(world, { type: 'finished', ...run.answer });
  return withProject(after, { run: run.queue.length === 0 ? null : { queue: run.queue, answer: null } });
}
