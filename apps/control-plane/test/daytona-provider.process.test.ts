import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDaytonaServer } from '@fettle/provider-servers';
import { createDaytonaProvider } from '../src/providers/daytona/daytona-provider.ts';
import { memoryJournal } from '../src/providers/journal.ts';
import { providerSuite } from '../src/providers/provider-suite.ts';
import { startLocalHost } from './local-host.ts';
import { startLossyProxy } from './lossy-proxy.ts';
import { cutOffJournal } from './shared-journal.ts';

const KEY = 'daytona-key-of-the-provider-suite';

/** Everything that changes something at Daytona. */
const CHANGES = /\/sandbox$|\/sandbox\/[^/]+\/(start|stop|recover|snapshot)$/;

providerSuite('Daytona by its contract server, over plain processes', async () => {
  const host = await startLocalHost('process');
  const state = await mkdtemp(path.join(tmpdir(), 'fettle-daytona-'));
  const badAnswers: string[] = [];
  const server = await openDaytonaServer({
    state,
    hostUrl: host.url,
    hostToken: host.token,
    key: KEY,
    onBadAnswer: (message) => badAnswers.push(message),
  });
  server.faults.add({ kind: 'no-capacity', region: 'eu' });
  const proxy = await startLossyProxy(server.url.replace(/\/api$/, ''));
  const journal = memoryJournal<unknown>();
  const options = {
    key: KEY,
    organization: null,
    // What the server tells is at its own origin.
    previewHosts: [],
    snapshot: host.images.newest,
    surroundings: {
      controlUrl: 'http://127.0.0.1:9',
      repositories: { platform: 'http://127.0.0.1:9/platform', customer: 'http://127.0.0.1:9/customer' },
    },
  };
  return {
    provider: createDaytonaProvider({ ...options, url: `${proxy.url}/api` }, { journal, timeoutMs: 20_000 }),
    outOfReach: createDaytonaProvider(
      { ...options, url: 'http://127.0.0.1:9/api' },
      { journal: cutOffJournal(journal), timeoutMs: 20_000 },
    ),
    service: { name: 'web', path: '/healthz' },
    corruptCopies: host.corruptCopies,
    versions: { platform: 'main', customer: 'main' },
    otherImage: host.images.other,
    regions: { free: 'us', full: 'eu' },
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
