import type { Wish } from '@fettle/core';
import { originOf } from '../auth/operator-caller.ts';
import { holds } from '../auth/operator-grants.ts';
import { directory } from '../directory/directory.ts';
import { operator, projectOf, type OperatorContext } from './operator-base.ts';
import { refuseContradictions } from './refuse-contradictions.ts';
import { refuseTemplate } from './refuse-template.ts';
import { valueOf } from './rpc-errors.ts';

const { projects } = operator;

/** Asks a project for something and gives what it then looks like. */
const ask = async ({ env, caller }: OperatorContext, project: string, wish: Wish) =>
  valueOf(await projectOf(env, project).ask({ ...wish, by: originOf(caller) }));

/** What operators may do with projects. */
export const operatorProjects = {
  list: projects.list.handler(async ({ context: { env, caller } }) =>
    (await directory(env).list()).filter((place) => holds(caller.grants, 'viewer', place)),
  ),
  apply: projects.apply.handler(async ({ input, context: { env, caller } }) => {
    refuseTemplate(input.template, env);
    refuseContradictions(input.policy);
    return valueOf(await projectOf(env, input.project).apply(input, originOf(caller)));
  }),
  get: projects.get.handler(async ({ input, context: { env } }) =>
    valueOf(await projectOf(env, input.project).view()),
  ),
  setPolicy: projects.setPolicy.handler(async ({ input: { project, policy }, context }) => {
    refuseContradictions(policy);
    return ask(context, project, { type: 'policy-set', policy });
  }),
  setQuota: projects.setQuota.handler(({ input: { project, quota }, context }) =>
    ask(context, project, { type: 'quota-set', quota }),
  ),
  overrideGuard: projects.overrideGuard.handler(({ input: { project, ...override }, context }) =>
    ask(context, project, { type: 'guard-overridden', ...override }),
  ),
  refreshCode: projects.refreshCode.handler(({ input, context }) => {
    const { project, refs = null, image = null, slots = null } = input;
    return ask(context, project, { type: 'refresh-asked', target: { refs, image }, slots });
  }),
  stopRollout: projects.stopRollout.handler(({ input: { project, ...how }, context }) =>
    ask(context, project, { type: 'rollout-stopped', ...how }),
  ),
  pin: projects.pin.handler(({ input: { project, ...pin }, context }) =>
    ask(context, project, { type: 'pinned', ...pin }),
  ),
  unpin: projects.unpin.handler(({ input: { project, slot }, context }) =>
    ask(context, project, { type: 'unpinned', slot }),
  ),
  quarantine: projects.quarantine.handler(({ input: { project, ...quarantine }, context }) =>
    ask(context, project, { type: 'quarantined', ...quarantine }),
  ),
  liftQuarantine: projects.liftQuarantine.handler(({ input: { project, ...lift }, context }) =>
    ask(context, project, { type: 'quarantine-lifted', ...lift }),
  ),
  sweep: projects.sweep.handler(async ({ input, context: { env } }) => {
    valueOf(await projectOf(env, input.project).machines());
    return { rearmed: await projectOf(env, input.project).sweep() };
  }),
};
