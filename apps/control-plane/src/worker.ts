import { MACHINE_API } from '@fettle/contract';
import { aFewAtATime } from './a-few-at-a-time.ts';
import { directory } from './directory/directory.ts';
import type { Env } from './env.ts';
import { errorResponse } from './error-response.ts';
import { log } from './log.ts';
import { operatorsOf } from './operators/operators.ts';
import { LONGEST_SWEEP_MS } from './project/project.ts';
import { apiReference } from './routers/api-reference.ts';
import { corsOrigins, preflight, showTo } from './routers/cors.ts';
import { machineRoutes } from './routers/machine-routes.ts';
import { isOperatorPath, operatorRoutes } from './routers/operator-routes.ts';
import { isForSlots, routeToSlot } from './routers/slot-route.ts';
import { secured } from './security-headers.ts';
import { statusPage } from './status-page/status-page.ts';
import { withDeadline } from './with-deadline.ts';

export { Directory } from './directory/directory.ts';
export { DaytonaMachine } from './machine/daytona-machine.ts';
export { FlyMachine } from './machine/fly-machine.ts';
export { LocalDockerMachine } from './machine/local-docker-machine.ts';
export { Operators } from './operators/operators.ts';
export { Project } from './project/project.ts';

export default {
  async fetch(request, env, execution): Promise<Response> {
    const url = new URL(request.url);
    if (isForSlots(url, env)) return routeToSlot(request, env);
    // No page asks there, of whatever origin.
    if (url.pathname.startsWith(`${MACHINE_API}/`)) return machineRoutes(request, env, execution);
    const origins = corsOrigins(env.FETTLE_CORS_ORIGINS);
    const answer = preflight(request, origins) ?? (await answerOf(request, env));
    return showTo(request, secured(answer), origins);
  },

  /** Every minute: finds objects that nobody wakes any more. */
  async scheduled(_controller, env): Promise<void> {
    await aFewAtATime(await directory(env).list(), ({ project }) => sweep(env, project));
    await exportAccessAudit(env);
  },
} satisfies ExportedHandler<Env>;

/** What is ours, by its path. */
async function answerOf(request: Request, env: Env): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === '/healthz') return Response.json({ ok: true });
  const reference = await apiReference(request, env);
  if (reference !== null) return reference;
  if (isOperatorPath(pathname)) return operatorRoutes(request, env);
  return statusPage(pathname) ?? errorResponse('NOT_FOUND');
}

/** Never throws: a project that is broken or silent must not keep the others from being swept. */
async function sweep(env: Env, project: string): Promise<void> {
  try {
    await withDeadline(env.PROJECTS.getByName(project).sweep(), LONGEST_SWEEP_MS);
  } catch (error) {
    log.error(`${project} could not be swept`, error);
  }
}

/** Never throws: the audit log of access must not keep anything else from being done. */
async function exportAccessAudit(env: Env): Promise<void> {
  try {
    await withDeadline(operatorsOf(env).exportAudit(), LONGEST_SWEEP_MS);
  } catch (error) {
    log.error('the audit log of access could not be exported', error);
  }
}
