import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { translate } from './sql.ts';
import { foreignTo } from './sql/testing/foreign-text.ts';
import { FUNCTIONS } from './sql/functions/catalog.ts';
import { EXPRESSIONS, STATEMENTS } from './sql/testing/corpus.ts';
import { MEASURED, UNSUPPORTED } from './sql/testing/refusals.ts';

const catalog = { datasets: new Set(['readings', 'my-data', 'odd`name']) };

function refusal(sql: string): string {
  const translation = translate(sql, catalog);
  return translation.ok ? `taken: ${sql}` : translation.message;
}

function sqlOf(text: string): string {
  const translation = translate(text, catalog);
  if (!translation.ok) throw new Error(translation.message);
  return translation.kind === 'select' ? translation.sql : translation.kind;
}

describe('translate', () => {
  it.each(MEASURED)('refuses as production was seen to: %s', (sql, message) => {
    expect(refusal(sql)).toBe(`Input was invalid: ${message}`);
  });

  it.each(UNSUPPORTED)('refuses what the reference does not have: %s', (sql, message) => {
    expect(refusal(sql)).toBe(`Input was invalid: ${message}`);
  });

  it.each([
    ['SHOW TABLES', 'show-tables'],
    ['SELECT blob1 FROM readings', 'SELECT `source`.`blob1` AS `blob1` FROM `ae`.`readings` AS `source`'],
    [
      'SELECT 1 FROM "my-data" LIMIT 5 OFFSET 2',
      'SELECT 1 AS `1` FROM `ae`.`my-data` AS `source` LIMIT 5 OFFSET 2',
    ],
    ['SELECT 1 AS x FROM "odd`name"', 'SELECT 1 AS `x` FROM `ae`.`odd\\`name` AS `source`'],
    ["SELECT 'it''s \\' AS x", "SELECT 'it\\'s \\\\' AS `x`"],
    ['SELECT 1 AS "a`b"', 'SELECT 1 AS `a\\`b`'],
    [
      'SELECT empty(blob1) AS e FROM readings',
      "SELECT CAST(empty(`source`.`blob1`), 'Bool') AS `e` FROM `ae`.`readings` AS `source`",
    ],
    [
      'SELECT blob1 AS source FROM readings',
      'SELECT `source_`.`blob1` AS `source` FROM `ae`.`readings` AS `source_`',
    ],
    [
      'SELECT index1 AS id, SUM(_sample_interval) AS n FROM readings GROUP BY index1 HAVING n > 1 ORDER BY n DESC',
      'SELECT `source`.`index1` AS `id`, sum(`source`.`_sample_interval`) AS `n` FROM `ae`.`readings` AS `source` GROUP BY `source`.`index1` HAVING greater(`n`, 1) ORDER BY `n` DESC',
    ],
    [
      'SELECT n FROM (SELECT count() AS n FROM readings)',
      'SELECT `source`.`n` AS `n` FROM (SELECT count() AS `n` FROM `ae`.`readings` AS `source`) AS `source`',
    ],
    [
      'SELECT last_value(blob1) AS l FROM readings ORDER BY timestamp, double1',
      'SELECT argMax(`source`.`blob1`, (`source`.`timestamp`, `source`.`double1`)) AS `l` FROM `ae`.`readings` AS `source`',
    ],
  ])('writes everything anew: %s', (text, sql) => {
    expect(sqlOf(text)).toBe(sql);
  });

  it('takes functions and keywords in any case', () => {
    expect(sqlOf('select SUM(double1) as S from readings where TOUINT8(double1) > 1')).toBe(
      sqlOf('SELECT sum(double1) AS S FROM readings WHERE toUInt8(double1) > 1'),
    );
    expect(sqlOf('SELECT TOSTARTOFWEEK(timestamp) FROM readings')).toContain('AS `toStartOfWeek(timestamp)`');
  });

  it('takes a statement of 10,000 characters', () => {
    const sql = `SELECT '${'x'.repeat(9_991)}'`;
    expect(sql).toHaveLength(10_000);
    expect(translate(sql, catalog).ok).toBe(true);
  });

  it('takes every statement of the corpus, which calls every function', () => {
    const statements = [
      ...STATEMENTS.map(({ sql }) => sql),
      ...EXPRESSIONS.map(([text]) => `SELECT ${text} AS v`),
    ];
    expect(statements.flatMap((sql) => foreignTo(sqlOf(sql)))).toEqual([]);
    const text = statements.join('\n').toLowerCase();
    expect(
      FUNCTIONS.map(({ name }) => name).filter((name) => !text.includes(`${name.toLowerCase()}(`)),
    ).toEqual([]);
  });
});

describe('whatever the text', () => {
  const nest = (open: string, inner: string, close = ')', times = 45): string =>
    open.repeat(times) + inner + close.repeat(times);

  it.each([
    ['parentheses', `SELECT ${'('.repeat(9_000)}`],
    ['brackets', `SELECT ${'['.repeat(9_000)}`],
    ['minuses', `SELECT ${'- '.repeat(4_900)}1`],
    ['NOTs', `SELECT ${'NOT '.repeat(2_400)}true`],
    ['CASEs', `SELECT ${'CASE '.repeat(1_900)}`],
    ['subqueries', `SELECT * FROM (`.repeat(600)],
    ['a long sum', `SELECT ${Array(4_900).fill('1').join('+')}`],
    ['a long row of conditions', `SELECT 1 WHERE ${Array(1_200).fill('1=1').join(' OR ')}`],
    ['a long list', `SELECT 1 IN (${Array(4_900).fill('1').join(',')})`],
    [
      'aliases before their time',
      `SELECT ${Array.from({ length: 90 }, (_, n) => `${nest('log(', `a${n + 1}`, ')', 11)} AS a${n}`).join(',')}`,
    ],
    [
      'deep aliases before their time',
      `SELECT ${Array.from({ length: 30 }, (_, n) => `${nest('log(', `a${n + 1}+1`)} AS a${n}`).join(',')}`,
    ],
    [
      'deep aliases one after the other',
      `SELECT 1 AS a0,${Array.from({ length: 30 }, (_, n) => `${nest('log(', `a${n}+1`)} AS a${n + 1}`).join(',')}`,
    ],
    ['quotes', `SELECT '${"''".repeat(4_900)}'`],
    ['the start of comments', '/*'.repeat(5_000)],
  ])('%s neither overflow nor take long', (_, sql) => {
    expect(sql.length).toBeLessThanOrEqual(10_000);
    expect(typeof translate(sql, catalog).ok).toBe('boolean');
  });

  const pieces =
    `SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET FORMAT JSON AS AND OR NOT IN LIKE BETWEEN INTERVAL
    DAY CASE WHEN END NULL true count sum if position extract toDateTime topK ( ( ) ) , , . ; * + - / % = < <> >= || :: [ ]
    ' " \` -- /* */ 1 2.5 'x' "y" readings blob1 double1 timestamp ae system $ \\ 🙂`.split(/\s+/);
  const soup = fc
    .array(fc.constantFrom(...pieces), { maxLength: 40 })
    .map((words) => `SELECT ${words.join(' ')} FROM readings`);

  it.each([
    ['random text', fc.string({ unit: 'binary', maxLength: 200 })],
    ['random words of the language', soup],
    ['a statement with a piece cut out', cutStatement()],
  ])('%s is translated or refused, and reads nothing but datasets', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const translation = translate(text, catalog);
        if (!translation.ok) expect(translation.message).toMatch(/^Input was invalid: \S/);
        else if (translation.kind === 'select') expect(foreignTo(translation.sql)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });
});

function cutStatement(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...STATEMENTS.map(({ sql }) => sql)), fc.nat(200), fc.nat(20))
    .map(([sql, at, length]) => sql.slice(0, at) + sql.slice(at + length))
    .filter((sql) => sql.includes('FROM'));
}
