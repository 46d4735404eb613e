// Miniflare loads this file by its path: withLocalAnalyticsEngine names it in the options of every binding.
import { moduleSource } from './binding/module-source.ts';
import { BINDING_TYPE } from './miniflare.ts';

const MODULE = `${BINDING_TYPE}:dataset`;

type Options = { dataset: string; url: string; token: string };
type Binding = { name: string; options: Options };
/** Miniflare 4 hands a plugin its own bindings of a Worker; Miniflare 5 hands it everything. */
type WorkerOptions = Binding[] | { config: { env?: Record<string, EnvEntry> } };
type EnvEntry = { type: string; dev?: { options: Options } };

/** Wrapped bindings: their methods run in the Worker's own isolate, and what they wrap is the engine's server. */
const plugin = {
  bindingTypeDescription: 'Analytics Engine dataset (local)',
  async getBindings(worker: WorkerOptions): Promise<object[]> {
    return bindingsOf(worker).map(({ name, options: { dataset, token, url } }) => ({
      name,
      wrapped: {
        moduleName: MODULE,
        innerBindings: [
          { name: 'dataset', json: JSON.stringify(dataset) },
          { name: 'token', json: JSON.stringify(token) },
          { name: 'engine', service: { name: serviceOf(url) } },
        ],
      },
    }));
  },
  /** `mf.getBindings()` does not show them: methods of a wrapped binding need an invocation to run in. */
  getNodeBindings(): Record<string, never> {
    return {};
  },
  async getServices({ options: worker }: { options: WorkerOptions }): Promise<object[]> {
    const urls = new Set(bindingsOf(worker).map(({ options }) => options.url));
    return [...urls].map((url) => ({
      name: serviceOf(url),
      external: { address: new URL(url).host, http: {} },
    }));
  },
  getExtensions(): object[] {
    return [{ modules: [{ name: MODULE, esModule: moduleSource(), internal: true }] }];
  },
};

export const plugins = { [BINDING_TYPE]: plugin };

function bindingsOf(worker: WorkerOptions | undefined): Binding[] {
  if (worker === undefined) return [];
  if (Array.isArray(worker)) return worker;
  return Object.entries(worker.config.env ?? {})
    .filter(([, { type }]) => type === `unsafe:${BINDING_TYPE}`)
    .map(([name, { dev }]) => ({ name, options: dev!.options }));
}

function serviceOf(url: string): string {
  return `${BINDING_TYPE}:${new URL(url).host}`;
}
