import { fileURLToPath } from 'node:url';

/** Where the local engine listens, and the token that it wants. */
export type EngineAddress = { url: string; token: string };

/** Type of the bindings that `miniflare-plugin.ts` makes. */
export const BINDING_TYPE = 'local-analytics-engine';

// A plugin beside this file, in whatever form the package has: sources or bundle.
const PLUGIN = {
  name: BINDING_TYPE,
  package: fileURLToPath(
    new URL(`./miniflare-plugin${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  ),
};

type Worker = {
  analyticsEngineDatasets?: Record<string, { dataset: string }>;
  unsafeBindings?: { name: string; type: string; plugin: typeof PLUGIN; options: Record<string, string> }[];
};

/**
 * The same options of Miniflare (4, or the form that Miniflare 5 converts from), with every Analytics Engine binding
 * writing to the engine at `url` instead of throwing the data away. Nothing else changes; the options given stay as
 * they are. Throws a TypeError when `url` is not the address of a plain HTTP server.
 */
export function withLocalAnalyticsEngine<T extends object>(options: T, { url, token }: EngineAddress): T {
  const { protocol, origin } = new URL(url);
  if (protocol !== 'http:') throw new TypeError(`url: expected an http: address, not ${url}`);
  const engine = { url: origin, token };
  const { workers } = options as { workers?: Worker[] };
  return {
    ...bind(options, engine),
    ...(workers === undefined ? {} : { workers: workers.map((worker) => bind(worker, engine)) }),
  };
}

function bind<T extends Worker>(worker: T, engine: EngineAddress): T {
  const { analyticsEngineDatasets, ...rest } = worker;
  if (analyticsEngineDatasets === undefined) return worker;
  const bindings = Object.entries(analyticsEngineDatasets).map(([name, { dataset }]) => ({
    name,
    type: BINDING_TYPE,
    plugin: PLUGIN,
    options: { dataset, ...engine },
  }));
  return { ...rest, unsafeBindings: [...(worker.unsafeBindings ?? []), ...bindings] } as unknown as T;
}
