import { onlyOrigin } from '../../outgoing/allow-target.ts';
import { limitsOfPort } from '../answer-limits.ts';
import type { SendRequest } from '../cloud/cloud-means.ts';
import { ProviderError, type MachineConnection, type RequestSigner } from '../machine-provider.ts';
import { asProviderError } from '../provider-failure.ts';
import { signed } from '../signed.ts';

/**
 * A way to one port of one machine through Fly's proxy. `url`: where the app answers at that port. The request is for
 * this machine and no other of the app (docs, "Connect to a specific Machine"); whether one runs is not changed by it.
 */
export function edgeConnection({
  url,
  flyId,
  sign,
  send,
}: {
  url: string;
  flyId: () => string;
  sign: RequestSigner | undefined;
  send: SendRequest;
}): MachineConnection {
  return {
    url,
    fetch: async (request) => {
      const { authorization, init } = await signed(request, url, sign);
      const headers = new Headers(request.headers);
      headers.delete('authorization');
      headers.set('fly-force-instance-id', flyId());
      if (authorization !== null) headers.set('authorization', authorization);
      try {
        const sent = new Request(request, { ...init, headers, redirect: 'manual' });
        return await answerOfPort(await send(sent, limitsOfPort(onlyOrigin(url), sign)));
      } catch (error) {
        throw asProviderError(error);
      }
    },
  };
}

/**
 * The proxy says in this way that nobody answers at the port. A machine that answers so itself cannot be told from it,
 * and is as silent to its users.
 */
async function answerOfPort(response: Response): Promise<Response> {
  if (![502, 503, 504].includes(response.status)) return response;
  await response.body?.cancel();
  throw new ProviderError(
    'MACHINE_UNREACHABLE',
    `Fly's proxy got no answer from the port (${response.status})`,
  );
}
