import { directory } from '../directory/directory.ts';
import type { Env } from '../env.ts';
import type { AskedOfProject } from '../project/project.ts';
import { operator, projectOf } from './operator-base.ts';
import { refuseContradictions } from './refuse-contradictions.ts';
import { refuseTemplate } from './refuse-template.ts';
import { valueOf } from './rpc-errors.ts';

const { projects } = operator;

/** Asks a project for something and gives what it then looks like. */
const ask = async (env: Env, project: string, event: AskedOfProject) =>
  valueOf(await projectOf(env, project).ask(event));

/** What operators may do with projects. */
export const operatorProjects = {
  list: projects.list.handler(({ context: { env } }) => directory(env).list()),
  apply: projects.apply.handler(async ({ input, context: { env } }) => {
    refuseTemplate(input.template, env);
    refuseContradictions(input.policy);
    return valueOf(await projectOf(env, input.project).apply(input));
  }),
  get: projects.get.handler(async ({ input, context: { env } }) =>
    valueOf(await projectOf(env, input.project).view()),
  ),
  setPolicy: projects.setPolicy.handler(async ({ input: { project, policy }, context: { env } }) => {
    refuseContradictions(policy);
    return ask(env, project, { type: 'policy-set', policy });
  }),
  overrideGuard: projects.overrideGuard.handler(({ input: { project, ...override }, context: { env } }) =>
    ask(env, project, { type: 'guard-overridden', ...override }),
  ),
  refreshCode: projects.refreshCode.handler(({ input, context: { env } }) => {
    const { project, refs = null, image = null, slots = null } = input;
    return ask(env, project, { type: 'refresh-asked', target: { refs, image }, slots });
  }),
  stopRollout: projects.stopRollout.handler(({ input: { project, ...how }, context: { env } }) =>
    ask(env, project, { type: 'rollout-stopped', ...how }),
  ),
  pin: projects.pin.handler(({ input: { project, ...pin }, context: { env } }) =>
    ask(env, project, { type: 'pinned', ...pin }),
  ),
  unpin: projects.unpin.handler(({ input: { project, slot }, context: { env } }) =>
    ask(env, project, { type: 'unpinned', slot }),
  ),
  quarantine: projects.quarantine.handler(({ input: { project, ...quarantine }, context: { env } }) =>
    ask(env, project, { type: 'quarantined', ...quarantine }),
  ),
  liftQuarantine: projects.liftQuarantine.handler(({ input: { project, ...lift }, context: { env } }) =>
    ask(env, project, { type: 'quarantine-lifted', ...lift }),
  ),
  sweep: projects.sweep.handler(async ({ input, context: { env } }) => {
    valueOf(await projectOf(env, input.project).machines());
    return { rearmed: await projectOf(env, input.project).sweep() };
  }),
};
