import type { IncomingMessage, ServerResponse } from 'node:http';
import { MachineId, ServiceName } from '@fettle/contract/ids';
import * as v from 'valibot';
import { HostFailure, toHostFailure } from '../host-failure.ts';
import type { MachineHost } from '../machines/machine-host.ts';
import { answerError } from './error-answer.ts';
import { forward, withoutHopByHop } from './forward.ts';

/** Becomes `authorization` towards the machine; the host's own token never leaves the host-agent. */
export const MACHINE_AUTHORIZATION = 'x-fettle-machine-authorization';

/** No call to a machine may take longer to begin its answer. */
const HEADERS_WITHIN_MS = 20_000;
const SILENCE_MS = 60_000;
const MAX_BODY_BYTES = 1024 ** 2;

const ROUTE = /^\/machines\/([^/]+)\/ports\/([^/]+)(\/.*)?$/;

/** Which port of which machine a path leads to, or `null` when the path is none of the proxy's. */
export function proxyRoute(pathname: string): { machineId: string; portName: string; rest: string } | null {
  const match = ROUTE.exec(pathname);
  if (match === null) return null;
  const [, machineId, portName, rest] = match;
  return { machineId: machineId!, portName: portName!, rest: rest ?? '/' };
}

/** Passes `/machines/:machineId/ports/:portName/*` on to the machine's listener of that name. */
export async function proxyToMachine(
  host: MachineHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://host-agent');
  const route = proxyRoute(url.pathname);
  if (route === null || !v.is(MachineId, route.machineId) || !v.is(ServiceName, route.portName)) {
    return answerError(response, new HostFailure('NOT_FOUND'));
  }
  let address;
  try {
    address = await host.address(route.machineId, route.portName);
  } catch (error) {
    return answerError(response, toHostFailure(error));
  }
  const {
    [MACHINE_AUTHORIZATION]: machineAuthorization,
    authorization: _hostToken,
    host: _host,
    ...passed
  } = withoutHopByHop(request.headers);
  const headers = { ...passed, host: `${address.host}:${address.port}` };
  if (typeof machineAuthorization === 'string')
    Object.assign(headers, { authorization: machineAuthorization });
  return forward({
    request,
    response,
    target: new URL(`http://${address.host}:${address.port}${route.rest}${url.search}`),
    headers,
    headersWithinMs: HEADERS_WITHIN_MS,
    silenceMs: SILENCE_MS,
    maxBodyBytes: MAX_BODY_BYTES,
    unreachable: 'MACHINE_UNREACHABLE',
  });
}
