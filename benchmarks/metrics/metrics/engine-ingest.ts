import type { Metric } from '../../metric.ts';
import { saySpread } from '../../say-spread.ts';
import type { Bench } from '../bench.ts';
import { ENGINE_TOKEN, startEngine } from '../engine.ts';
import { examplePoints } from '../example-points.ts';
import { sendRequests } from '../send-requests.ts';

/** As many as a Worker can write in one invocation, which the binding sends in one request. */
const POINTS_PER_REQUEST = 250;
const REQUESTS = 200;

/** Points that the local engine takes in per second over HTTP: each request is answered when its points are in files. */
export const engineIngest: Metric<Bench> = {
  name: 'engine-ingest',
  about: `points per second into the local engine, ${POINTS_PER_REQUEST} in a request`,
  rounds: 5,
  async measure(bench, rounds) {
    const engine = await startEngine(bench, bench.folder('engine'));
    const points = examplePoints(POINTS_PER_REQUEST * REQUESTS, Date.now());
    const bodies = Array.from({ length: REQUESTS }, (_, index) =>
      Buffer.from(
        JSON.stringify({
          points: points.slice(index * POINTS_PER_REQUEST, (index + 1) * POINTS_PER_REQUEST),
        }),
      ),
    );
    const headers = { authorization: `Bearer ${ENGINE_TOKEN}` };
    bench.say(`engine-ingest: ${rounds} rounds of ${points.length} points`);
    const samples: number[] = [];
    // The first round meets an engine that has compiled nothing yet.
    for (let round = -1; round < rounds; round++) {
      const from = performance.now();
      await sendRequests({ url: `${engine.url}/ingest/machine_metrics`, headers: () => headers, bodies });
      if (round >= 0) samples.push((points.length / (performance.now() - from)) * 1000);
    }
    const all = new Map([['engine', samples]]);
    const unit = 'points/s';
    saySpread(bench, { metric: 'engine-ingest', unit }, all);
    await engine.stop();
    const limit = { kind: 'value-at-least', limit: 20_000 } as const;
    return [{ metric: 'engine-ingest', unit, samples: all, judged: 'engine', limit }];
  },
};
