import { MACHINE_EVIDENCE_PATH, OPERATOR_EVIDENCE_PATH, type MachineIdentity } from '@fettle/contract';
import { RPCHandler } from '@orpc/server/fetch';
import { aFewAtATime } from './a-few-at-a-time.ts';
import { bearerToken, equalSecrets } from './auth/equal-secrets.ts';
import { verifyMachineToken } from './auth/machine-token.ts';
import { directory } from './directory/directory.ts';
import type { Env } from './env.ts';
import { errorResponse } from './error-response.ts';
import { machineEvidence, operatorEvidence } from './evidence/evidence-routes.ts';
import { prometheusRoute } from './metrics/prometheus-route.ts';
import { metricsSettings } from './metrics/settings.ts';
import { LONGEST_SWEEP_MS } from './project/project.ts';
import { BodyLimit } from './routers/body-limit.ts';
import { machineRouter } from './routers/machine-router.ts';
import { operatorRouter } from './routers/operator-router.ts';
import { onlyWireErrors, readableInput } from './routers/rpc-errors.ts';
import { routeToSlot } from './routers/slot-route.ts';
import { statusPage } from './status-page/status-page.ts';
import { withDeadline } from './with-deadline.ts';

export { Directory } from './directory/directory.ts';
export { DaytonaMachine } from './machine/daytona-machine.ts';
export { FlyMachine } from './machine/fly-machine.ts';
export { LocalDockerMachine } from './machine/local-docker-machine.ts';
export { Operators } from './operators/operators.ts';
export { Project } from './project/project.ts';

/** No command of an operator is anywhere near this size. */
const MAX_OPERATOR_BODY_BYTES = 64 * 1024;
/** 250 points of which each is as long as it can be, which is what one call can write, are 156 KB. */
const MAX_MACHINE_BODY_BYTES = 256 * 1024;

const operators = new RPCHandler(operatorRouter, handling(MAX_OPERATOR_BODY_BYTES));
const machines = new RPCHandler(machineRouter, handling(MAX_MACHINE_BODY_BYTES));

export default {
  async fetch(request, env, execution): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return Response.json({ ok: true });
    if (pathname.startsWith('/api/rpc/')) return answerOperator(request, env);
    if (pathname.startsWith('/machine/rpc/')) return answerMachine(request, env, execution);
    if (pathname.startsWith(`${OPERATOR_EVIDENCE_PATH}/`)) return answerEvidence(request, env);
    if (pathname.startsWith(`${MACHINE_EVIDENCE_PATH}/`)) return answerMachineEvidence(request, env);
    if (pathname.startsWith('/s/')) return routeToSlot(request, env);
    if (pathname === '/metrics' && metricsSettings(env).FETTLE_PROMETHEUS === 'on')
      return answerScrape(request, env);
    return statusPage(pathname) ?? errorResponse('NOT_FOUND');
  },

  /** Every minute: finds objects that nobody wakes any more. */
  async scheduled(_controller, env): Promise<void> {
    await aFewAtATime(await directory(env).list(), ({ project }) => sweep(env, project));
  },
} satisfies ExportedHandler<Env>;

/** Never throws: a project that is broken or silent must not keep the others from being swept. */
async function sweep(env: Env, project: string): Promise<void> {
  try {
    await withDeadline(env.PROJECTS.getByName(project).sweep(), LONGEST_SWEEP_MS);
  } catch (error) {
    console.error(`${project} could not be swept`, error);
  }
}

async function answerOperator(request: Request, env: Env): Promise<Response> {
  if (!(await isOperator(request, env))) return errorResponse('UNAUTHORIZED');
  const { response } = await operators.handle(request, { prefix: '/api/rpc', context: { env } });
  return response ?? errorResponse('NOT_FOUND');
}

async function answerScrape(request: Request, env: Env): Promise<Response> {
  if (!(await isOperator(request, env))) return errorResponse('UNAUTHORIZED');
  if (request.method !== 'GET') return errorResponse('NOT_FOUND');
  return prometheusRoute(metricsSettings(env));
}

async function isOperator(request: Request, env: Env): Promise<boolean> {
  const token = bearerToken(request);
  return token !== null && (await equalSecrets(token, env.FETTLE_OPERATOR_TOKEN));
}

async function answerEvidence(request: Request, env: Env): Promise<Response> {
  return (await isOperator(request, env)) ? operatorEvidence(request, env) : errorResponse('UNAUTHORIZED');
}

async function answerMachineEvidence(request: Request, env: Env): Promise<Response> {
  const identity = await machineOf(request, env);
  return identity === null ? errorResponse('UNAUTHORIZED') : machineEvidence(request, env, identity);
}

/** The token is checked before anything is parsed, and without storage: garbage wakes no object. */
async function machineOf(request: Request, env: Env): Promise<MachineIdentity | null> {
  const token = bearerToken(request);
  return token === null ? null : verifyMachineToken(env.FETTLE_MACHINE_KEY, token);
}

async function answerMachine(request: Request, env: Env, execution: ExecutionContext): Promise<Response> {
  const identity = await machineOf(request, env);
  if (identity === null) return errorResponse('UNAUTHORIZED');
  const context = { env, identity, execution };
  const { response } = await machines.handle(request, { prefix: '/machine/rpc', context });
  return response ?? errorResponse('NOT_FOUND');
}

function handling(maxBodySize: number) {
  return {
    plugins: [new BodyLimit({ maxBodySize })],
    interceptors: [readableInput],
    clientInterceptors: [onlyWireErrors],
  };
}
