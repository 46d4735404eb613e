import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CommandKeyVariables,
  commandPublicKeys,
  commandSigner,
} from '../../apps/control-plane/src/auth/command-signature.ts';
import {
  HOST_TOKEN,
  type FakeHost,
  startFakeHost,
} from '../../apps/control-plane/test/fake-host/fake-host.ts';

/** The key of machines that 0.1.0 made: nobody else signs with it, as nobody else knows what 0.1.0 showed to them. */
const FROM_0_1_0 = { FETTLE_COMMAND_KEY: 'what machines of 0.1.0 are commanded with' };

/** A host of simulated machines that both releases understand. */
export type HostOfBoth = { url: string; token: string; host: FakeHost; close(): Promise<void> };

/**
 * What 0.1.0 asks is put into today's words. Its machines also take what `next` signs, as machines do that were told the
 * newer keys in time. Those that were not are never heard again by a newer release, which leaves them alone: what cannot
 * be known is no sickness.
 */
export async function startHostOfBoth(next: CommandKeyVariables): Promise<HostOfBoth> {
  const host = await startFakeHost({
    repositories: {
      platform: { main: 'a'.repeat(40) },
      customer: { main: 'c'.repeat(40), broken: 'b'.repeat(40) },
      broken: ['b'.repeat(40)],
    },
  });
  const commandKeys = [...(await commandPublicKeys(FROM_0_1_0)), ...(await commandPublicKeys(next))];
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers))
        if (
          typeof value === 'string' &&
          !['connection', 'transfer-encoding', 'content-length', 'host'].includes(name)
        )
          headers.set(name, value);
      const method = incoming.method ?? 'GET';
      const target = incoming.url ?? '/';
      const body = todaysCreate(target, Buffer.concat(chunks), commandKeys);
      await signAs(target, method, body, headers);
      const answer = await fetch(`${host.url}${target}`, {
        method,
        headers,
        ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }),
      });
      outgoing.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
        ...(answer.headers.has('x-fettle-error')
          ? { 'x-fettle-error': answer.headers.get('x-fettle-error') ?? '' }
          : {}),
      });
      outgoing.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => incoming.socket.destroy()); // as a host that is gone: whoever asks knows what to do
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: HOST_TOKEN,
    host,
    async close() {
      server.close();
      server.closeAllConnections();
      await host.close();
    },
  };
}

function todaysCreate(target: string, body: Buffer, commandKeys: string[]): Buffer {
  if (target !== '/rpc/machines/create') return body;
  const request = JSON.parse(body.toString('utf8')) as { json: Record<string, unknown> };
  if (!('credentials' in request.json)) return body;
  const { credentials: _, ...order } = request.json;
  return Buffer.from(
    JSON.stringify({ ...request, json: { ...order, bootstrap: 'none-in-0.1.0', commandKeys } }),
  );
}

async function signAs(target: string, method: string, body: Buffer, headers: Headers): Promise<void> {
  const machine = /^\/machines\/([^/]+)\/ports\/(pidnap|daemon)(\/.*)$/.exec(target);
  const shown = headers.get('x-fettle-machine-authorization') ?? '';
  if (machine === null || !shown.startsWith('Bearer ')) return;
  const [, machineId = '', port = '', path = '/'] = machine;
  const sign = commandSigner(FROM_0_1_0, { machineId, port: port as 'pidnap' | 'daemon', now: Date.now });
  headers.set('x-fettle-machine-authorization', await sign({ method, path, body: new Uint8Array(body) }));
}
