import type { WirePoint } from '../core/data-point.ts';

/** The inner bindings of a dataset: what miniflare-plugin.ts gives to every binding. */
export type Engine = {
  dataset: string;
  token: string;
  /** The engine's server. */
  engine: { fetch(url: string, init: RequestInit): Promise<Response> };
};

const ATTEMPTS = 3;
const MAX_WAIT_MS = 1000;

/** Data points of this isolate that never reached the engine, since it last answered. */
let lost = 0;

/** Sends data points in one request, and again when the engine is overloaded. Never rejects: what is lost is counted. */
export async function send(engine: Engine, points: WirePoint[]): Promise<void> {
  try {
    const problem = await attempt(engine, JSON.stringify({ points }));
    if (problem === null) reportRecovery();
    else lose(points.length, problem);
  } catch (error) {
    lose(points.length, String(error));
  }
}

/** What the engine had against it; `null` when the points are on disk. */
async function attempt({ dataset, token, engine }: Engine, body: string): Promise<string | null> {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    const response = await engine.fetch(`http://engine/ingest/${encodeURIComponent(dataset)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    if (response.ok) return null;
    const retryAfter = response.headers.get('retry-after');
    if (retryAfter === null || left === 0) return `${response.status} ${text}`;
    await scheduler.wait(Math.min(Number(retryAfter) * 1000, MAX_WAIT_MS));
  }
}

/** Warns for the first loss only: a Worker on a laptop goes on as it would in production. */
function lose(points: number, problem: string): void {
  if (lost === 0) console.warn(`Analytics Engine: data points are lost, the local engine says: ${problem}`);
  lost += points;
}

function reportRecovery(): void {
  if (lost > 0)
    console.warn(`Analytics Engine: the local engine answers again; ${lost} data points were lost`);
  lost = 0;
}
