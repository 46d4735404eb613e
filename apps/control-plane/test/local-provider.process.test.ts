import { LocalProvider } from '../src/providers/local-provider.ts';
import { providerSuite } from '../src/providers/provider-suite.ts';
import { startLocalHost } from './local-host.ts';
import { startLossyProxy } from './lossy-proxy.ts';

const backends =
  process.env.FETTLE_DOCKER === '1' ? (['process', 'docker'] as const) : (['process'] as const);

/** Everything that changes something on a host. */
const CHANGES = /^\/rpc\/machines\/(create|start|stop|restart|destroy|copy|rebuild)$/;

for (const backend of backends) {
  providerSuite(`a host-agent with the ${backend} backend`, async () => {
    const host = await startLocalHost(backend);
    const proxy = await startLossyProxy(host.url);
    return {
      provider: new LocalProvider({ url: proxy.url, token: host.token, timeoutMs: 5000 }),
      outOfReach: new LocalProvider({ url: 'http://127.0.0.1:9', token: host.token, timeoutMs: 5000 }),
      service: { name: 'web', path: '/healthz' },
      corruptCopies: host.corruptCopies,
      versions: { platform: 'main', customer: 'main' },
      otherImage: host.images.other,
      regions: null,
      loseNextAnswer: () => proxy.loseNext(CHANGES),
      countMachines: host.countMachines,
      patienceMs: 50_000,
      async close() {
        await proxy.close();
        await host.close();
      },
    };
  });
}
