// Runs inside workerd, as the internal module behind an Analytics Engine binding. Bundled into one file by module-source.ts.
import workers from 'cloudflare-internal:workers';
import { readDataPoint } from '../core/data-point.ts';
import { MAX_POINTS_PER_INVOCATION } from '../core/limits.ts';
import { findInvocation, type Invocation } from './invocation.ts';
import { type Engine, send } from './send.ts';

/** How long the points of an invocation are gathered before they are sent. */
const GATHER_MS = 5;

/** The binding: `env.NAME.writeDataPoint(event)`. */
class LocalAnalyticsEngineDataset {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Takes one data point, as production's binding does: returns at once, throws what production throws. */
  writeDataPoint(event?: unknown): void {
    const point = readDataPoint(event);
    const invocation = findInvocation();
    invocation.count();
    const gathered = invocation.gathered.get(this.#engine) ?? [];
    gathered.push(point);
    invocation.gathered.set(this.#engine, gathered);
    if (gathered.length === 1) workers.waitUntil(sendLater(this.#engine, invocation));
  }
}

/** Runs on after the invocation has answered, until the points are on disk or lost. Never rejects. */
async function sendLater(engine: Engine, invocation: Invocation): Promise<void> {
  await scheduler.wait(GATHER_MS);
  const points = invocation.gathered.get(engine) ?? [];
  invocation.gathered.delete(engine);
  // A Durable Object may have gathered the points of many events.
  for (let i = 0; i < points.length; i += MAX_POINTS_PER_INVOCATION) {
    await send(engine, points.slice(i, i + MAX_POINTS_PER_INVOCATION));
  }
}

/** What workerd calls for every binding, with the inner bindings that miniflare-plugin.ts gives. */
export default function makeBinding(engine: Engine): LocalAnalyticsEngineDataset {
  return new LocalAnalyticsEngineDataset(engine);
}
