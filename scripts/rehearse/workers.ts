import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Bundle } from './bundle.ts';
import { withoutListeners } from './stopping.ts';

/** What is used of Miniflare, which comes with alchemy: workerd, with buckets and counters that workerd alone has not. */
type Miniflare = {
  ready: Promise<URL>;
  getWorker(name: string): Promise<{ scheduled(options: { cron: string }): Promise<unknown> }>;
  dispose(): Promise<void>;
};
type MiniflareClass = new (options: Record<string, unknown>) => Miniflare;

/**
 * A bundle that runs under a name. `objectsOf`: another Worker has the code of its objects; classes that that one does not
 * have yet are its own.
 */
export type RunningPart = { name: string; bundle: Bundle; objectsOf?: { worker: string; has: Bundle } };

/** workerd with the Workers of a rehearsal. */
export type Workers = {
  url: string;
  /** From the start of workerd to its first answer. */
  startMs: number;
  fireCron(cron: string): Promise<void>;
  close(): Promise<void>;
};

/**
 * Boots uploaded bundles in workerd; the first part answers requests. Objects are under `folder` by their class, whichever
 * bundle has their code. `texts` replaces bindings: a release is kept without its secrets.
 */
export async function startWorkers(
  parts: readonly RunningPart[],
  options: { folder: string; texts: Record<string, string> },
): Promise<Workers> {
  const alchemyRequire = createRequire(import.meta.resolve('alchemy'));
  tetherWorkerd(alchemyRequire);
  const { Miniflare, Log, LogLevel } = alchemyRequire('miniflare') as {
    Miniflare: MiniflareClass;
    Log: new (level: number) => unknown;
    LogLevel: { ERROR: number };
  };
  mkdirSync(options.folder, { recursive: true });
  const started = performance.now();
  const miniflare = withoutListeners(
    () =>
      new Miniflare({
        host: '127.0.0.1',
        port: 0,
        cf: false,
        log: new Log(LogLevel.ERROR),
        defaultPersistRoot: path.join(options.folder, 'storage'),
        workers: parts.map((part) => workerOptions(part, options)),
      }),
  );
  const url = (await miniflare.ready).origin;
  const { status } = await fetch(`${url}/healthz`);
  if (status !== 200) throw new Error(`/healthz answers ${status}`);
  return {
    url,
    startMs: performance.now() - started,
    async fireCron(cron) {
      await (await miniflare.getWorker(parts[0]?.name ?? '')).scheduled({ cron });
    },
    close: () => miniflare.dispose(),
  };
}

/** workerd must not outlive us on the same storage; scripts/dev/workerd.sh says why. */
function tetherWorkerd(alchemyRequire: NodeJS.Require): void {
  const fromMiniflare = createRequire(alchemyRequire.resolve('miniflare'));
  process.env.FETTLE_WORKERD ??= (fromMiniflare('workerd') as { default: string }).default;
  process.env.MINIFLARE_WORKERD_PATH ??= path.join(import.meta.dirname, '../dev/workerd.sh');
}

function workerOptions(
  { name, bundle, objectsOf }: RunningPart,
  { folder, texts }: { folder: string; texts: Record<string, string> },
): Record<string, unknown> {
  const { metadata, modules } = bundle;
  const worker = {
    name,
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags,
    modulesRoot: '/',
    modules: modules
      .filter(({ type }) => type === 'application/javascript+module')
      .toSorted((a) => (a.name === metadata.main_module ? -1 : 1))
      .map((module) => ({
        type: 'ESModule',
        path: `/${module.name}`,
        contents: Buffer.from(module.bytes).toString('utf8'),
      })),
    bindings: {} as Record<string, string>,
    durableObjects: {} as Record<string, unknown>,
    r2Buckets: {} as Record<string, string>,
    analyticsEngineDatasets: {} as Record<string, unknown>,
    ratelimits: {} as Record<string, unknown>,
    assets: undefined as unknown,
  };
  for (const binding of metadata.bindings) {
    switch (binding.type) {
      case 'plain_text':
      case 'secret_text':
        worker.bindings[binding.name] = texts[binding.name] ?? binding.text;
        break;
      case 'durable_object_namespace':
        worker.durableObjects[binding.name] = {
          className: binding.class_name,
          useSQLite: true,
          unsafeUniqueKey: `fettle-${binding.class_name}`,
          ...(objectsOf !== undefined && hasClass(objectsOf.has, binding.class_name)
            ? { scriptName: objectsOf.worker }
            : {}),
        };
        break;
      case 'r2_bucket':
        worker.r2Buckets[binding.name] = binding.bucket_name;
        break;
      case 'analytics_engine':
        worker.analyticsEngineDatasets[binding.name] = { dataset: binding.dataset };
        break;
      case 'ratelimit':
        worker.ratelimits[binding.name] = { namespace_id: binding.namespace_id, simple: binding.simple };
        break;
      case 'assets':
        worker.assets = {
          binding: binding.name,
          directory: writeAssets(path.join(folder, `assets-${name}`), bundle),
          routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
        };
        break;
      default:
        throw new Error(`nobody rehearsed a binding of type ${binding.type}`);
    }
  }
  return worker;
}

function hasClass({ metadata }: Bundle, className: string): boolean {
  return metadata.bindings.some(
    (binding) => binding.type === 'durable_object_namespace' && binding.class_name === className,
  );
}

function writeAssets(folder: string, { assets }: Bundle): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [file, bytes] of Object.entries(assets)) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  return folder;
}
