import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenBench } from '../define-suite.ts';
import { rowsOf } from '../row.ts';
import { openBench, type Bench } from './bench.ts';
import { drain } from './metrics/drain.ts';
import { fleet } from './metrics/fleet.ts';

/** What is measured decides nothing here: that it can be measured at all is what must not rot. */
describe.runIf(process.platform === 'linux')('the bench of objects', () => {
  let open: OpenBench<Bench>;
  beforeAll(async () => {
    open = await openBench({ say: () => {} });
  });
  afterAll(() => open?.tearDown());

  test('counts what a fleet of healthy machines costs', async () => {
    const quick = {
      machines: 2,
      policy: { check: { intervalMs: 1000 } },
      sweepEveryMs: 1000,
      settleMs: 1000,
      roundMs: 3000,
    };
    const rows = (await fleet(quick).measure(open.bench, 1)).flatMap(rowsOf);
    expect(rows).toMatchObject([
      { metric: 'rows', limit: 2.2, unit: 'rows/30s' },
      { metric: 'cost', limit: 0.25, unit: '$/month' },
    ]);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
  });

  test('measures how long alarms take that are due at once, beside the bare object', async () => {
    const [row] = (await drain(10, 1000).measure(open.bench, 1)).flatMap(rowsOf);
    expect(row).toMatchObject({ metric: 'drain', unit: 'ms', limit: 2, value: expect.any(Number) });
    expect(row?.floor).toBeGreaterThan(0);
  });
});
