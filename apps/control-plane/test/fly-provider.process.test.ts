import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFlyServer } from '@fettle/provider-servers';
import { createFlyProvider } from '../src/providers/fly/fly-provider.ts';
import { memoryJournal } from '../src/providers/journal.ts';
import { providerSuite } from '../src/providers/provider-suite.ts';
import { startLocalHost } from './local-host.ts';
import { startLossyProxy } from './lossy-proxy.ts';
import { cutOffJournal } from './shared-journal.ts';

const TOKEN = 'fly-token-of-the-provider-suite';
const APP = 'suite-app';

/** Everything that changes something at Fly. */
const CHANGES = /\/machines$|\/machines\/[^/]+\/(start|stop|restart)$|\/volumes\/[^/]+\/snapshots$/;

providerSuite('Fly by its contract server, over plain processes', async () => {
  const host = await startLocalHost('process');
  const state = await mkdtemp(path.join(tmpdir(), 'fettle-fly-'));
  const badAnswers: string[] = [];
  const server = await openFlyServer({
    state,
    hostUrl: host.url,
    hostToken: host.token,
    key: TOKEN,
    onBadAnswer: (message) => badAnswers.push(message),
  });
  const made = await fetch(`${server.url}/apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: APP, org_slug: 'personal' }),
  });
  if (made.status !== 201) throw new Error(`The app was not made: ${made.status}`);
  server.faults.add({ kind: 'no-capacity', region: 'ams' });
  const address = server.url.replace(/\/v1$/, '');
  const proxy = await startLossyProxy(address);
  const journal = memoryJournal<unknown>();
  const options = (at: string) => ({
    url: `${at}/v1`,
    token: TOKEN,
    app: APP,
    image: host.images.newest,
    edgeUrl: `${at}/edge/${APP}/{port}`,
    surroundings: {
      controlUrl: 'http://127.0.0.1:9',
      repositories: { platform: 'http://127.0.0.1:9/platform', customer: 'http://127.0.0.1:9/customer' },
    },
  });
  return {
    provider: createFlyProvider(options(proxy.url), { journal, timeoutMs: 20_000 }),
    outOfReach: createFlyProvider(options('http://127.0.0.1:9'), {
      journal: cutOffJournal(journal),
      timeoutMs: 20_000,
    }),
    service: { name: 'web', path: '/healthz' },
    corruptCopies: host.corruptCopies,
    versions: { platform: 'main', customer: 'main' },
    otherImage: host.images.other,
    regions: { free: 'fra', full: 'ams' },
    loseNextAnswer: () => proxy.loseNext(CHANGES),
    countMachines: host.countMachines,
    patienceMs: 50_000,
    async close() {
      await proxy.close();
      await server.close();
      await host.close();
      await rm(state, { recursive: true, force: true });
      if (badAnswers.length > 0) throw new Error(`The server broke its contract: ${badAnswers.join('; ')}`);
    },
  };
});
