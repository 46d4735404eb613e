import * as fc from 'fast-check';
import { lex } from '../../packages/analytics-engine/src/sql/lexer.ts';
import { Refusal } from '../../packages/analytics-engine/src/sql/refusal.ts';
import { translate } from '../../packages/analytics-engine/src/sql.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { parser, type Target } from '../target.ts';

const STATEMENTS = [
  "SELECT blob1 AS project, quantileWeighted(0.95)(double1, _sample_interval) AS p95 FROM machine_metrics WHERE timestamp > NOW() - INTERVAL '1' DAY GROUP BY project ORDER BY p95 DESC LIMIT 10 FORMAT JSON",
  "SELECT toStartOfInterval(timestamp, INTERVAL '5' MINUTE) AS t, SUM(_sample_interval * double1) / SUM(_sample_interval) FROM machine_metrics GROUP BY t HAVING COUNT() > 1",
  "SELECT CASE WHEN double1 > 1 THEN 'a' ELSE 'b' END, substring(blob1, 1, 2) || 'x', index1 FROM machine_metrics WHERE blob4 IN ('resource', 'process') AND NOT (double2 BETWEEN 1 AND 2)",
  'SHOW TABLES',
  'SELECT 1',
];
const WORDS = [
  'SELECT',
  'FROM',
  'WHERE',
  'GROUP BY',
  'ORDER BY',
  'LIMIT',
  'HAVING',
  'AND',
  'OR',
  'NOT',
  'IN',
  'BETWEEN',
  '(',
  ')',
  ',',
  '*',
  '+',
  '-',
  '/',
  '%',
  '=',
  '<',
  '>=',
  '!=',
  '||',
  '.',
  "'",
  '"',
  '`',
  '--',
  '/*',
  '*/',
  ';',
  'machine_metrics',
  'double1',
  'blob20',
  'index1',
  'timestamp',
  'NOW()',
  'COUNT',
  'SUM',
  'INTERVAL',
  "'1'",
  'DAY',
  '1e9',
  '0x1',
  'NULL',
];
const CATALOG = { datasets: new Set(['machine_metrics']) };

/** Statements for the SQL API. */
export const sqlTargets: readonly Target[] = [
  parser('sql-statements', {
    about: 'statements that are nearly right, and words in any order',
    inputs: 30_000,
    arbitrary: fc.oneof(
      damaged(fc.constantFrom(...STATEMENTS)),
      fc
        .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...WORDS) }, hostileText), { maxLength: 40 })
        .map((words) => `SELECT ${words.join(' ')}`),
      fc
        .tuple(fc.constantFrom('(', 'NOT ', '- ', '1 + ', 'SUM('), fc.integer({ min: 1, max: 4000 }))
        .map(([word, times]) => `SELECT ${word.repeat(times)}1 FROM machine_metrics`),
    ),
    parse: (text) => translate(text, CATALOG),
  }),
  parser('sql-lexer', {
    about: 'any text',
    inputs: 10_000,
    arbitrary: hostileText,
    parse: lex,
    mayThrow: (error) => error instanceof Refusal,
  }),
];
