import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenBench } from '../define-suite.ts';
import type { Metric } from '../metric.ts';
import { rowsOf } from '../row.ts';
import { type Bench, openBench } from './bench.ts';
import { engineIngest } from './metrics/engine-ingest.ts';
import { engineQuery } from './metrics/engine-query.ts';
import { reportCpu } from './metrics/report-cpu.ts';
import { sample } from './metrics/sample.ts';

/** What is measured decides nothing here: that it can be measured at all is what must not rot. */
describe.runIf(process.platform === 'linux')('the bench of metrics', () => {
  let open: OpenBench<Bench>;
  beforeAll(async () => {
    open = await openBench({ say: () => {} });
  });
  afterAll(() => open?.tearDown());

  const judged = async (metric: Metric<Bench>) => {
    const rows = (await metric.measure(open.bench, 1)).flatMap(rowsOf);
    return rows.filter(({ limit }) => limit !== null);
  };

  test('measures a look of all collectors beside bare reads of the same files', async () => {
    const [row] = await judged(sample);
    expect(row).toMatchObject({ metric: 'sample', unit: 'us', limit: 3, value: expect.any(Number) });
    expect(row?.floor).toBeGreaterThan(0);
  });

  test('measures a report that the control plane really writes', async () => {
    const [row] = await judged(reportCpu);
    expect(row).toMatchObject({ metric: 'report-cpu', unit: 'us', limit: 1.25 });
    expect(row?.floor).toBeGreaterThan(0);
  });

  test('measures what the local engine takes in, and how it answers', async () => {
    const rows = [...(await judged(engineIngest)), ...(await judged(engineQuery(5000)))];
    expect(rows.map(({ metric }) => metric)).toEqual([
      'engine-ingest',
      'engine-query-cpu-by-machine',
      'engine-query-fleet-percentiles',
      'engine-query-latest',
      'engine-query-restarts-per-hour',
    ]);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
  });
});
