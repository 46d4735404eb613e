import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestEngine, TOKEN, type TestEngine } from '../test/test-engine.ts';
import { useLocalAnalyticsEngine } from './alchemy.ts';

/** What alchemy keeps of Miniflare; it is no part of its public interface. */
type Controller = {
  setMiniflareOptions(
    options: object,
  ): Promise<{ dispatchFetch(url: string): Promise<{ text(): Promise<string> }> }>;
  dispose(): Promise<void>;
};

const FILE = path.join(
  realpathSync(path.join(import.meta.dirname, '../../../node_modules/alchemy')),
  'lib/cloudflare/miniflare/miniflare-controller.js',
);

let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.close());

it('the Miniflare of alchemy writes to the engine', async () => {
  useLocalAnalyticsEngine({ url: engine.url, token: TOKEN });
  const { MiniflareController } = (await import(pathToFileURL(FILE).href)) as {
    MiniflareController: { singleton: Controller };
  };
  const controller = MiniflareController.singleton;
  expect(MiniflareController.singleton).toBe(controller);
  const miniflare = await controller.setMiniflareOptions({
    workers: [
      {
        name: 'writer',
        modules: true,
        script: await readFile(path.join(import.meta.dirname, '../test/miniflare-worker.js'), 'utf8'),
        compatibilityDate: '2026-07-01',
        durableObjects: { WRITER: { className: 'Writer', useSQLite: true } },
        analyticsEngineDatasets: { POINTS: { dataset: 'points' } },
      },
    ],
    analyticsEngineDatasetsPersist: true,
  });
  expect(await (await miniflare.dispatchFetch('http://x/?points=3')).text()).toBe('done');
  await expect.poll(async () => (await engine.ask('SELECT count() AS n FROM points')).status).toBe(200);
  expect(await engine.rows('SELECT count() AS n FROM points')).toEqual([{ n: '3' }]);
  await controller.dispose();
});
