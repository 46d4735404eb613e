import type { IncomingMessage, ServerResponse } from 'node:http';
import { MACHINE_AUTHORIZATION_HEADER } from '@fettle/contract/host-agent';
import { proxyRoute } from '../core/routes.ts';
import { HostFailure, toHostFailure } from '../host-failure.ts';
import type { MachineHost } from '../machines/machine-host.ts';
import { answerError } from './error-answer.ts';
import { forward, withoutHopByHop } from './forward.ts';

/** No call to a machine may take longer to begin its answer. */
const HEADERS_WITHIN_MS = 20_000;
const SILENCE_MS = 60_000;
const MAX_BODY_BYTES = 1024 ** 2;

/** Passes `/machines/:machineId/ports/:portName/*` on to the machine's listener of that name. */
export async function proxyToMachine(
  host: MachineHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://host-agent');
  const route = proxyRoute(url.pathname);
  if (route === null) {
    return answerError(response, new HostFailure('NOT_FOUND'));
  }
  let address;
  try {
    address = await host.address(route.machineId, route.portName);
  } catch (error) {
    return answerError(response, toHostFailure(error));
  }
  const {
    [MACHINE_AUTHORIZATION_HEADER]: machineAuthorization,
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
