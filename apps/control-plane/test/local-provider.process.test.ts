import { LocalProvider } from '../src/providers/local-provider.ts';
import { providerSuite } from '../src/providers/provider-suite.ts';
import { startLocalHost } from './local-host.ts';

const backends =
  process.env.FETTLE_DOCKER === '1' ? (['process', 'docker'] as const) : (['process'] as const);

for (const backend of backends) {
  providerSuite(`a host-agent with the ${backend} backend`, async () => {
    const host = await startLocalHost(backend);
    return {
      provider: new LocalProvider({ url: host.url, token: host.token, timeoutMs: 5000 }),
      outOfReach: new LocalProvider({ url: 'http://127.0.0.1:9', token: host.token, timeoutMs: 5000 }),
      service: { name: 'web', path: '/healthz' },
      corruptCopy: host.corruptCopy,
      versions: { platform: 'main', customer: 'main' },
      patienceMs: 50_000,
      close: host.close,
    };
  });
}
