import { expect, test } from 'vitest';
import type { Row } from './row.ts';
import { formatTable } from './table.ts';

test('the table puts others below our part and marks a limit that is not met', () => {
  const common = { suite: 'supervisor', unit: 'ms', floor: 2 };
  const rows: Row[] = [
    { ...common, metric: 'restart', value: 4, ratio: 2, limit: 1.5, ok: false },
    { ...common, metric: 'restart/node', value: 2, ratio: 1, limit: null, ok: null },
  ];
  expect(formatTable(rows)).toMatchInlineSnapshot(`
    "metric          value  unit  floor  ratio  limit  ok
    restart             4  ms        2      2    1.5  NOT MET
      restart/node      2  ms        2      1"
  `);
});
