import type { ProjectDecision, ProjectRecord } from '@fettle/core';
import type { Env } from '../env.ts';
import { machineObject } from '../machine/machine-object.ts';

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
      await machine.command({ kind: action.do });
      return;
    case 'adopt-policy':
      return machine.adoptPolicy(record.policy);
    case 'tell-fleet':
      return;
    case 'change':
      await change(machine, action);
      return;
  }
}

type Change = Extract<ProjectDecision['actions'][number], { do: 'change' }>;

/** What the machine makes of the order it tells its project itself, also that it cannot take it. */
async function change(
  machine: ReturnType<typeof machineObject>,
  { order, refs, image }: Change,
): Promise<void> {
  if (image !== null) await machine.command({ kind: 'rebuild', image, refs, order });
  else await machine.command({ kind: 'apply-versions', refs: refs ?? {}, order });
}
