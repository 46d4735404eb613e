import { quoteName } from '../clickhouse-text.ts';

const RANGE = Array.from({ length: 20 }, (_, index) => index + 1);

/** DDL of a dataset's table, as the storage makes it for what the dialect reads. */
export function createTable(dataset: string): string {
  const columns = [
    'dataset String',
    "timestamp DateTime('UTC')",
    '_sample_interval UInt32',
    'index1 String',
    ...RANGE.map((number) => `blob${number} String`),
    ...RANGE.map((number) => `double${number} Float64`),
  ];
  return `CREATE TABLE ae.${quoteName(dataset)} (${columns.join(', ')}) ENGINE = MergeTree ORDER BY (index1, timestamp)`;
}

/** The rows of dataset `readings`; written out of order. */
export const INSERT_READINGS = `INSERT INTO ae.readings
  (dataset, timestamp, _sample_interval, index1, blob1, blob2, blob3, double1) VALUES
  ('readings', '2026-03-04 00:09:00', 1, 'm2', 'Zürich', '30', 'hot', 40),
  ('readings', '2026-03-04 00:06:07', 2, 'm1', 'Paris', '10', 'cold', 3),
  ('readings', '2026-03-08 00:00:00', 1, 'm3', 'Oslo', '7', 'cold', -2.5),
  ('readings', '2026-03-04 00:06:30', 3, 'm2', 'paris', '20', 'mild', 10),
  ('readings', '2026-03-04 00:11:00', 1, 'm1', 'Zürich', '9', 'hot', 0)`;
