import type { Command, ProjectDecision, ProjectRecord } from '@fettle/core';
import { fleetVersionsOf } from '@fettle/core/project/fleet-word';
import type { Env } from '../env.ts';
import { machineObject } from '../machine/machine-object.ts';
import type { Result } from '../result.ts';

/** Carries one action of a project out on the object of a machine. Rejects when the object did not take it. */
export async function sendTo(
  env: Env,
  record: ProjectRecord,
  action: ProjectDecision['actions'][number],
): Promise<void> {
  const { type } = record.template;
  if (action.do === 'provision') {
    const { identity, versions: initialVersions, image: initialImage, restoreCopyId } = action;
    const { services, limits, regions } = record.template;
    const origin = { identity, services, limits, initialVersions, initialImage, regions, restoreCopyId };
    return machineObject(env, identity).provision(origin, record.policy);
  }
  const machine = machineObject(env, { machineId: action.machineId, type });
  switch (action.do) {
    case 'retire':
    case 'destroy':
      await machine.command({ kind: action.do }, null);
      return;
    case 'adopt-policy':
      return machine.adoptPolicy(record.policy);
    case 'tell-fleet':
      return takenBy(
        await machine.command(
          { kind: 'adopt-fleet', fleet: fleetVersionsOf(record, action.machineId) },
          null,
        ),
      );
    case 'change':
      // What comes of it the machine tells its project, also that it cannot be carried out.
      return takenBy(await machine.command(changeOf(action), null));
  }
}

type Change = Extract<ProjectDecision['actions'][number], { do: 'change' }>;

function changeOf({ order, refs, image }: Change): Command {
  return image === null
    ? { kind: 'apply-versions', refs: refs ?? {}, order }
    : { kind: 'rebuild', image, refs, order };
}

/** A machine that has not been provisioned yet takes nothing: it is told again. */
function takenBy(answer: Result<string>): void {
  if (!answer.ok) throw new Error(answer.message);
}
