import { type EngineAddress, withLocalAnalyticsEngine } from './miniflare.ts';

/** The part of alchemy's controller of Miniflare that matters here. */
type Controller = { setMiniflareOptions(options: object): unknown };

const KEY = 'ALCHEMY_MINIFLARE_CONTROLLER';

/**
 * Lets Workers that `alchemy dev` runs (alchemy 0.94) write to the engine at `url`. To be called before the first
 * Worker of the program; importing alchemy before or after makes no difference. A second call replaces the address.
 *
 * Alchemy keeps the one controller of its Miniflare in a global variable and makes it on first use: the variable
 * becomes a property that adds the bindings to whatever options that controller is given.
 */
export function useLocalAnalyticsEngine(engine: EngineAddress): void {
  let controller = (globalThis as Record<string, unknown>)[KEY] as Controller | undefined;
  if (controller !== undefined) connect(controller, engine);
  Object.defineProperty(globalThis, KEY, {
    configurable: true,
    enumerable: true,
    get: () => controller,
    set: (made: Controller | undefined) => {
      controller = made;
      if (made !== undefined) connect(made, engine);
    },
  });
}

function connect(controller: Controller, engine: EngineAddress): void {
  const original = (Object.getPrototypeOf(controller) as Controller).setMiniflareOptions;
  controller.setMiniflareOptions = (options) =>
    original.call(controller, withLocalAnalyticsEngine(options, engine));
}
