// A project whose tests run in workerd and write to a real engine. Run by vitest.process.test.ts.
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { withLocalAnalyticsEngine } from '../../src/miniflare.ts';

const worker = {
  compatibilityDate: '2026-07-01',
  compatibilityFlags: ['nodejs_compat'],
  analyticsEngineDatasets: { POINTS: { dataset: 'from_vitest' } },
};
const engine = { url: process.env.ENGINE_URL, token: process.env.ENGINE_TOKEN };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [cloudflareTest({ miniflare: withLocalAnalyticsEngine(worker, engine) })],
  test: { include: ['*.spec.js'] },
});
