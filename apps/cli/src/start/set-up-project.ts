import type { FettleClient } from '@fettle/client';
import { Policy, type PolicyInput } from '@fettle/contract/policy';
import type { MachineTemplate } from '@fettle/contract/machine-spec';
import type { ProjectView } from '@fettle/contract/project-view';
import * as v from 'valibot';
import { withChecksOf } from './with-checks-of.ts';

/** Owner of the project that a start makes. */
const ORGANIZATION = 'local';

/** What the first project is to be. */
export type ProjectPlan = {
  project: string;
  slots: string[];
  template: MachineTemplate;
  policy: PolicyInput;
  /** Set the policy also where the project is there already: somebody asked for it on the command line. */
  insistOnPolicy: boolean;
};

/**
 * Makes the project, or takes the one that is there as it is: a second start must not undo what an operator changed.
 * Slots that are missing are added. Says whether it was made now.
 */
export async function setUpProject(
  client: FettleClient,
  plan: ProjectPlan,
): Promise<{ view: ProjectView; isNew: boolean }> {
  const { project, slots, template } = plan;
  const policy = v.parse(Policy, plan.policy);
  const known = await client.projects.list();
  if (!known.some((one) => one.project === project)) {
    const input = { organization: ORGANIZATION, project, template, slots, policy };
    return { view: await client.projects.apply(input), isNew: true };
  }
  let view = await client.projects.get({ project });
  if (plan.insistOnPolicy)
    view = await client.projects.setPolicy({ project, policy: withChecksOf(view.policy, policy) });
  const have = view.slots.map(({ slot }) => slot);
  if (slots.every((slot) => have.includes(slot))) return { view, isNew: false };
  const { organization, template: present, policy: adopted } = view;
  const input = {
    organization,
    project,
    template: present,
    slots: [...new Set([...have, ...slots])],
    policy: adopted,
  };
  return { view: await client.projects.apply(input), isNew: false };
}
