/**
 * Everything that operators ask: by RPC and REST, for files of evidence, and for a scrape. Each request is looked at in
 * the same order: its size, who asks, how often they ask, what it says, whether they may; only then an object is asked
 * to do it. Each is named, and its answer says how.
 */
import { OPERATOR_API, OPERATOR_EVIDENCE_PATH, OPERATOR_RPC_PATH } from '@fettle/contract';
import { RPCHandler } from '@orpc/server/fetch';
import { mayDo } from '../auth/operator-access.ts';
import { authorizeOperator, originOf, type Caller } from '../auth/operator-caller.ts';
import type { Env } from '../env.ts';
import { errorResponse } from '../error-response.ts';
import { operatorEvidence, operatorPlace } from '../evidence/evidence-routes.ts';
import { isDeclaredTooLarge } from '../limits/declared-size.ts';
import { forRequest, log } from '../log.ts';
import { prometheusRoute } from '../metrics/prometheus-route.ts';
import { metricsSettings } from '../metrics/settings.ts';
import { asRestRefusal, restApi } from './operator-rest.ts';
import { operatorRouter } from './operator-router.ts';
import { handling } from './rpc-handling.ts';

/** No command of an operator is anywhere near this size. */
const MAX_BODY_BYTES = 64 * 1024;
const METRICS_PATH = '/metrics';

const rpc = new RPCHandler(operatorRouter, handling(MAX_BODY_BYTES));
const rest = restApi(MAX_BODY_BYTES);

/** Whether a path is one of operators. */
export function isOperatorPath(pathname: string): boolean {
  return pathname.startsWith(`${OPERATOR_API}/`) || pathname === METRICS_PATH;
}

/** Answers an operator. What is not listed here is nowhere. */
export async function operatorRoutes(request: Request, env: Env): Promise<Response> {
  const requestId = crypto.randomUUID();
  const answered = await forRequest(requestId, () => answerOperator(request, env, requestId));
  const response = new Response(answered.body, answered);
  response.headers.set('x-request-id', requestId);
  return response;
}

/** Never throws: what nobody foresaw is logged, and told in the one form of errors. */
async function answerOperator(request: Request, env: Env, requestId: string): Promise<Response> {
  const { pathname } = new URL(request.url);
  const isRest = pathname.startsWith(`${OPERATOR_API}/`) && !pathname.startsWith(`${OPERATOR_RPC_PATH}/`);
  const inForm = (refused: Response) => (isRest ? asRestRefusal(refused) : refused);
  try {
    if (isDeclaredTooLarge(request, MAX_BODY_BYTES)) return await inForm(errorResponse('PAYLOAD_TOO_LARGE'));
    const caller = await authorizeOperator(request, env, requestId);
    return caller instanceof Response ? await inForm(caller) : await answer(request, env, caller, pathname);
  } catch (error) {
    log.error('a request of an operator failed', error);
    return inForm(errorResponse('INTERNAL'));
  }
}

async function answer(request: Request, env: Env, caller: Caller, pathname: string): Promise<Response> {
  const context = { env, caller };
  if (pathname.startsWith(`${OPERATOR_RPC_PATH}/`)) {
    const { response } = await rpc.handle(request, { prefix: OPERATOR_RPC_PATH, context });
    return response ?? errorResponse('NOT_FOUND');
  }
  if (pathname.startsWith(`${OPERATOR_EVIDENCE_PATH}/`)) {
    const file = await answerEvidence(request, env, caller, pathname);
    return file.ok ? file : asRestRefusal(file);
  }
  if (pathname === METRICS_PATH) return answerScrape(request, env, caller);
  return rest(request, context);
}

/** Files of evidence hold what a machine's tenant wrote: who may see the list of them may have them. */
async function answerEvidence(
  request: Request,
  env: Env,
  caller: Caller,
  pathname: string,
): Promise<Response> {
  const place = operatorPlace(pathname);
  if (request.method !== 'GET') return errorResponse('NOT_FOUND');
  if (place === null) return errorResponse('EVIDENCE_NOT_FOUND');
  if (!(await mayDo(env, caller, { role: 'operator', at: 'machine' }, place)))
    return errorResponse('FORBIDDEN');
  return operatorEvidence(env, place, originOf(caller));
}

async function answerScrape(request: Request, env: Env, caller: Caller): Promise<Response> {
  const settings = metricsSettings(env);
  if (!(await mayDo(env, caller, { role: 'viewer', at: 'everywhere' }, {})))
    return errorResponse('FORBIDDEN');
  if (settings.FETTLE_PROMETHEUS !== 'on' || request.method !== 'GET') return errorResponse('NOT_FOUND');
  return prometheusRoute(settings);
}
