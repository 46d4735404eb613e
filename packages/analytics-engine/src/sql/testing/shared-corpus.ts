/** One example of the shared corpus as a whole statement over `readings`, or over the dataset that it names. */
export type SharedExample = { id: string; sql: string; expected: unknown };

type Entry = {
  id: string;
  kind: 'query' | 'expr' | 'fragment' | 'grafana-macro';
  sql: string;
  expect?: unknown;
};

/** Values that the reference gets wrong. */
const CORRECTED: ReadonlyMap<string, unknown> = new Map([
  // Bit 1 of 0b10 is set.
  ['b-138', 1],
]);

/** Names that only the prose around an example explains. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/--.*/g, ''],
  [
    /quantileWeighted\(q, column_name, weight_column_name\)/,
    'quantileWeighted(0.5, double1, _sample_interval)',
  ],
  [/intDiv\(a, b\)/, 'intDiv(double1, 7)'],
  [/^a \[NOT\] BETWEEN b AND c/, 'double1 NOT BETWEEN double2 AND double3'],
  [/\b(?:item_cost|in_stock|query_time|temp|column_name)\b/g, 'double1'],
  [/\b(?:unit|column)\b/g, 'blob1'],
];

/** Reads the text of `corpus.json`. */
export function readSharedExamples(text: string): SharedExample[] {
  const { docs } = JSON.parse(text) as { docs: Entry[] };
  return docs.map((entry) => ({
    id: entry.id,
    sql: complete(entry),
    expected: typeof entry.expect === 'object' ? undefined : (CORRECTED.get(entry.id) ?? entry.expect),
  }));
}

function complete({ kind, sql }: Entry): string {
  if (kind === 'query') return sql;
  if (kind === 'grafana-macro') {
    return sql
      .replace('$timeSeries', '(intDiv(toUInt32(timestamp), 60) * 60) * 1000')
      .replace('$timeFilter', 'timestamp >= toDateTime(1) AND timestamp <= toDateTime(2)');
  }
  const filled = PLACEHOLDERS.reduce((part, [name, column]) => part.replace(name, column), sql).trim();
  if (kind === 'fragment') return completeFragment(filled);
  const reads = /double1|blob1|timestamp/.test(filled);
  return reads ? `SELECT ${filled} AS value FROM readings LIMIT 0` : `SELECT ${filled} AS value`;
}

function completeFragment(fragment: string): string {
  const [clause = ''] = fragment.split(/\s/);
  switch (clause) {
    case 'SELECT': {
      const [select, where] = fragment.split(' WHERE ');
      const groups = fragment.includes('avg(') ? ' GROUP BY probe_name' : '';
      return `${select} FROM readings${where === undefined ? '' : ` WHERE ${where}`}${groups}`;
    }
    case 'FROM':
      return `SELECT * ${fragment}`;
    case 'WHERE':
    case 'ORDER':
    case 'LIMIT':
    case 'OFFSET':
    case 'FORMAT':
      return `SELECT * FROM readings ${fragment}`;
    default:
      return `SELECT ${fragment} AS value FROM readings`;
  }
}
