import { cpSync } from 'node:fs';
import { translate } from '@fettle/analytics-engine/sql';
import { DATASET } from '@fettle/metrics';
import { buildQuery } from '@fettle/metrics/queries';
import type { Metric } from '../../metric.ts';
import type { Measured } from '../../row.ts';
import { saySpread } from '../../say-spread.ts';
import { interleave } from '../../statistics.ts';
import type { Bench } from '../bench.ts';
import { ENGINE_TOKEN, startEngine } from '../engine.ts';
import { examplePoints } from '../example-points.ts';
import { startLineProgram } from '../line-program.ts';
import { post, sendRequests } from '../send-requests.ts';

const POINTS_PER_REQUEST = 5000;
const QUERIES = ['cpu-by-machine', 'fleet-percentiles', 'latest', 'restarts-per-hour'] as const;
const SUBJECTS = ['engine', 'bare-chdb'] as const;

/**
 * Time of a query over the SQL API of the local engine, beside the time that ClickHouse takes for the same in a process
 * that has nothing else, on a copy of the same files. What differs is the dialect, HTTP, and the form of the answer.
 */
export const engineQuery = (points: number): Metric<Bench> => ({
  name: 'engine-query',
  about: `time of a query over ${points} points in the local engine`,
  rounds: 40,
  async measure(bench, rounds) {
    const folder = bench.folder('engine');
    await fill(bench, folder, points);
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    const engine = await startEngine(bench, folder);
    const bare = startLineProgram(bench, 'bare-chdb.ts', [copy]);
    const limit = { kind: 'ratio-at-most', limit: 1.3 } as const;
    const measured: Measured[] = [];
    bench.say(`engine-query: ${rounds} rounds of ${QUERIES.join(', ')}`);
    for (const name of QUERIES) {
      const { sql } = buildQuery({ name, project: 'demo', lastMs: 86_400_000 });
      const run = {
        engine: () => askEngine(engine.sqlUrl, sql),
        'bare-chdb': async () => Number(await bare.ask(clickHouseSql(sql))),
      };
      const metric = `engine-query-${name}`;
      const samples = new Map<string, number[]>(SUBJECTS.map((subject) => [subject, []]));
      for (const [index, subject] of interleave(SUBJECTS, rounds + 3).entries()) {
        const ms = await run[subject]();
        if (index >= 3 * SUBJECTS.length) samples.get(subject)?.push(ms);
      }
      saySpread(bench, { metric, unit: 'ms' }, samples);
      measured.push({ metric, unit: 'ms', samples, judged: 'engine', floor: 'bare-chdb', limit });
    }
    await Promise.all([engine.stop(), bare.stop()]);
    return measured;
  },
});

async function fill(bench: Bench, folder: string, count: number): Promise<void> {
  const engine = await startEngine(bench, folder);
  const points = examplePoints(count, Date.now());
  const bodies = Array.from({ length: Math.ceil(count / POINTS_PER_REQUEST) }, (_, index) =>
    JSON.stringify({ points: points.slice(index * POINTS_PER_REQUEST, (index + 1) * POINTS_PER_REQUEST) }),
  );
  const headers = { authorization: `Bearer ${ENGINE_TOKEN}` };
  await sendRequests({ url: `${engine.url}/ingest/${DATASET}`, headers: () => headers, bodies });
  await engine.stop();
}

async function askEngine(url: string, sql: string): Promise<number> {
  const from = performance.now();
  await post(url, { authorization: `Bearer ${ENGINE_TOKEN}` }, sql);
  return performance.now() - from;
}

function clickHouseSql(sql: string): string {
  const translation = translate(sql, { datasets: new Set([DATASET]) });
  if (!translation.ok || translation.kind !== 'select') throw new Error(JSON.stringify(translation));
  return translation.sql;
}
