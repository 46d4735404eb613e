import { OPERATOR_API, OPERATOR_RPC_PATH } from '@fettle/contract';
import { operatorRoutes } from '@fettle/contract/operator-routes';
import type { Route } from '@orpc/contract';
import { ask, env, eventually } from '../in-workerd.ts';
import type { Shown } from './shown.ts';

type Asker = Pick<Shown, 'headers'>;

/** How an answer decides about its caller; any other answer than a refusal lets them in. */
export type Outcome = 'unknown' | 'forbidden' | 'let in';

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a status says of access; one that nobody should ever see stays as it is. */
export function outcomeOf(status: number): Outcome | number {
  if (status === 401) return 'unknown';
  if (status === 403) return 'forbidden';
  return status === 500 ? status : 'let in';
}

/** Calls a procedure of operators as RPC. */
export function call(procedure: string, { headers }: Asker, input: object | undefined): Promise<Response> {
  return ask(`${OPERATOR_RPC_PATH}/${procedure.replaceAll('.', '/')}`, {
    method: 'POST',
    headers: { ...headers, ...JSON_TYPE },
    body: JSON.stringify({ json: input }),
  });
}

/** Calls it by REST: what its path does not take goes into the query or the body. */
export async function overRest(procedure: string, { headers }: Asker, input: object = {}): Promise<Response> {
  const [group = '', name = ''] = procedure.split('.');
  const routes = operatorRoutes as unknown as Record<string, Record<string, Route>>;
  const { method = 'POST', path = '' } = routes[group]?.[name] ?? {};
  const rest = new Map(Object.entries(input));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(rest.get(field));
    rest.delete(field);
    return encodeURIComponent(value);
  });
  const fields = Object.fromEntries(rest);
  const answer = await (method === 'GET'
    ? ask(`${OPERATOR_API}${filled}?${new URLSearchParams(fields)}`, { headers })
    : ask(`${OPERATOR_API}${filled}`, {
        method,
        headers: { ...headers, ...JSON_TYPE },
        body: JSON.stringify(fields),
      }));
  await answer.arrayBuffer();
  return answer;
}

/** Gets a path, and reads the answer to its end. */
export async function get(path: string, { headers }: Asker): Promise<Response> {
  const answer = await ask(path, { headers });
  await answer.arrayBuffer();
  return answer;
}

/** Asks again where a machine is told to come later; answers the status. A `null` body is got. */
export async function patiently(path: string, { headers }: Asker, body: string | null): Promise<number> {
  for (;;) {
    const init =
      body === null ? { headers } : { method: 'POST', body, headers: { ...headers, ...JSON_TYPE } };
    const answer = await ask(path, init);
    await answer.arrayBuffer();
    if (answer.status !== 429) return answer.status;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Waits until a machine's object has begun to watch it. */
export async function isThere(machineId: string): Promise<void> {
  const phase = async () => {
    const view = await env.MACHINES.getByName(machineId).getHealth();
    return view.ok ? view.value.phase : null;
  };
  await eventually(phase, (now) => now !== null && now !== 'new');
}
