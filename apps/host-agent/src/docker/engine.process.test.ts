import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UNKNOWN } from '../backend/machine-backend.ts';
import { openMachineRecords } from '../disk/machine-records.ts';
import { stateFolder } from '../disk/state-folder.ts';
import { closeServer, listen } from '../server/listen.ts';
import { createDockerBackend } from './docker-backend.ts';
import { connectEngine, dockerAnswers } from './engine.ts';
import { removeDockerHost } from './remove-host.ts';
import { createServer as createHttpServer } from 'node:http';

/** An engine that hangs: connections are taken and nothing is ever said. */
let hung: Server;
let before: string | undefined;

beforeAll(async () => {
  before = process.env['DOCKER_HOST'];
  hung = createServer((socket) => socket.on('error', () => undefined));
  const port = await new Promise<number>((resolve) => {
    hung.listen(0, '127.0.0.1', () => resolve((hung.address() as { port: number }).port));
  });
  process.env['DOCKER_HOST'] = `tcp://127.0.0.1:${port}`;
});
afterAll(() => {
  if (before === undefined) delete process.env['DOCKER_HOST'];
  else process.env['DOCKER_HOST'] = before;
  hung.close();
});

it('does not take an engine that hangs for one that answers', async () => {
  expect(await dockerAnswers()).toBe(false);
  await expect(connectEngine()).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});

it('does not call a host clean whose engine cannot be asked', async () => {
  const log = () => undefined;
  await removeDockerHost({ hostId: 'host-a', required: false, log });
  const required = removeDockerHost({ hostId: 'host-a', required: true, log });
  await expect(required).rejects.toMatchObject({ code: 'PROVIDER_FAILED' });
});

it('knows nothing of its machines while the engine hangs, and says so', async () => {
  const target = process.env['DOCKER_HOST'];
  // The engine answers at first, and hangs from then on.
  const engine = createHttpServer((_request, response) => {
    response.setHeader('api-version', '1.41').setHeader('content-type', 'application/json');
    response.end('{"Version":"20.10.24"}');
  });
  process.env['DOCKER_HOST'] = `tcp://127.0.0.1:${await listen(engine, 0, '127.0.0.1')}`;
  const connected = await connectEngine();
  expect(connected.description).toBe('Docker Engine 20.10.24 (API 1.41)');
  engine.removeAllListeners('request').on('request', () => undefined);
  try {
    const backend = createDockerBackend({
      engine: connected,
      hostId: 'host-a',
      records: openMachineRecords(stateFolder('/nonexistent')),
      image: 'sha256:abc',
      network: 'fettle-host-a',
      gateway: { controlUrl: 'http://x', repositories: { platform: 'http://x', customer: 'http://x' } },
      extraHosts: [],
    });
    expect(await backend.observe('demo.web-1.1')).toEqual(UNKNOWN);
    await expect(backend.list()).rejects.toThrow();
  } finally {
    await closeServer(engine);
    process.env['DOCKER_HOST'] = target;
  }
});
