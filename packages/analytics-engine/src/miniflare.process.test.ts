import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, TOKEN, type TestEngine } from '../test/test-engine.ts';
import { withLocalAnalyticsEngine } from './miniflare.ts';

/** The part of Miniflare that both versions have. */
type Miniflare = {
  ready: Promise<URL>;
  dispatchFetch(url: string): Promise<{ status: number; text(): Promise<string> }>;
  dispose(): Promise<void>;
};
type Package = {
  Miniflare: new (options: object) => Miniflare;
  /** Miniflare 5 only, where the vitest plugin calls it. */
  convertV4MiniflareOptions?: (options: object) => object;
};

const fromHere = createRequire(import.meta.url);
// Miniflare 5 comes with the vitest plugin of the workspace, which is where it matters.
const PLUGIN = path.join(import.meta.dirname, '../../../node_modules/@cloudflare/vitest-plugin/package.json');
const fromPlugin = createRequire(realpathSync(PLUGIN));

const VERSIONS = [
  ['4, which alchemy and wrangler bring', fromHere.resolve('miniflare')],
  ['5, which the vitest plugin brings', fromPlugin.resolve('miniflare')],
] as const;

let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.close());

async function startWorker(
  file: string,
  overrides: object = {},
  { url = engine.url, log = [] as string[] } = {},
): Promise<Miniflare> {
  const { default: all, ...named } = (await import(pathToFileURL(file).href)) as Package & {
    default?: Package;
  };
  const { Miniflare, convertV4MiniflareOptions: convert = (options: object) => options } = all ?? named;
  const worker = {
    name: 'writer',
    modules: true,
    script: await readFile(path.join(import.meta.dirname, '../test/miniflare-worker.js'), 'utf8'),
    compatibilityDate: '2026-07-01',
    durableObjects: { WRITER: { className: 'Writer', useSQLite: true } },
    analyticsEngineDatasets: { POINTS: { dataset: 'points' } },
    ...overrides,
  };
  const options = {
    workers: [worker],
    handleStructuredLogs: ({ message }: { message: string }) => {
      log.push(message);
    },
  };
  const miniflare = new Miniflare(convert(withLocalAnalyticsEngine(options, { url, token: TOKEN })));
  await miniflare.ready;
  return miniflare;
}

/** Waits until as many data points are there: a Worker answers before they are. */
async function untilWritten(dataset: string, points: number): Promise<void> {
  for (;;) {
    const response = await engine.ask(`SELECT count() AS n FROM ${dataset} FORMAT TabSeparated`);
    if (response.ok && Number(await response.text()) >= points) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe.each(VERSIONS)('a Worker in Miniflare %s', (version, file) => {
  const dataset = `points_${version[0]}`;
  let miniflare: Miniflare;

  beforeAll(async () => {
    miniflare = await startWorker(file, { analyticsEngineDatasets: { POINTS: { dataset } } });
  });
  afterAll(() => miniflare.dispose());

  it('loses nothing although it answers at once', async () => {
    const answers = Array.from({ length: 20 }, () => miniflare.dispatchFetch('http://x/?points=50'));
    for (const answer of await Promise.all(answers)) expect(await answer.text()).toBe('done');
    await untilWritten(dataset, 1000);
    expect(await engine.rows(`SELECT count() AS n, sum(double1) AS total FROM ${dataset}`)).toEqual([
      { n: '1000', total: 20 * 1225 },
    ]);
  });

  it('loses nothing in a Durable Object', async () => {
    for (let i = 0; i < 3; i += 1) {
      expect(await (await miniflare.dispatchFetch('http://x/object?points=250')).text()).toBe('done');
    }
    await untilWritten(dataset, 1750);
    expect(
      await engine.rows(`SELECT index1, count() AS n FROM ${dataset} GROUP BY index1 ORDER BY index1`),
    ).toEqual([
      { index1: 'object', n: '750' },
      { index1: 'request', n: '1000' },
    ]);
  });

  it('may write 250 data points in an invocation, and gets production’s error for the next one', async () => {
    for (const way of ['', 'slowly']) {
      expect(await (await miniflare.dispatchFetch(`http://x/${way}?points=250`)).text()).toBe('done');
      expect(await (await miniflare.dispatchFetch(`http://x/${way}?points=251`)).text()).toBe(
        'Error: Analytics Engine write limit exceeded.',
      );
    }
    await untilWritten(dataset, 2750);
  });

  it('does not notice that the engine is away: the log says so once, and how much was lost', async () => {
    let status = 500;
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const log: string[] = [];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const alone = await startWorker(file, {}, { url, log });
    for (let i = 0; i < 3; i += 1) {
      expect(await (await alone.dispatchFetch('http://x/?points=2')).text()).toBe('done');
    }
    await expect.poll(() => requests).toBe(3);
    status = 200;
    expect(await (await alone.dispatchFetch('http://x/?points=2')).text()).toBe('done');
    await expect.poll(() => log).toHaveLength(2);
    expect(log[0]).toContain('data points are lost, the local engine says: 500');
    expect(log[1]).toContain('the local engine answers again; 6 data points were lost');
    await alone.dispose();
    server.close();
  });
});

describe('the options', () => {
  it('stay as they are where there is nothing to bind', () => {
    const options = { workers: [{ name: 'a', modules: true, script: '' }], port: 0 };
    expect(withLocalAnalyticsEngine(options, { url: 'http://127.0.0.1:1', token: 't' })).toEqual(options);
  });

  it('may be those of a single Worker, and keep other bindings of its', () => {
    const options = {
      name: 'a',
      analyticsEngineDatasets: { A: { dataset: 'a' } },
      unsafeBindings: [{ name: 'B', type: 'b', plugin: { package: 'b', name: 'b' }, options: {} }],
    };
    const bound = withLocalAnalyticsEngine(options, { url: 'http://127.0.0.1:1/', token: 't' });
    expect(bound.unsafeBindings.map(({ name }) => name)).toEqual(['B', 'A']);
    expect(bound.analyticsEngineDatasets).toBeUndefined();
    expect(options.unsafeBindings).toHaveLength(1);
  });

  it('name an address that can be reached by plain HTTP', () => {
    for (const url of ['https://api.cloudflare.com', 'nowhere']) {
      expect(() => withLocalAnalyticsEngine({}, { url, token: 't' })).toThrow(TypeError);
    }
  });
});
