import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { translate } from './sql.ts';
import { FUNCTIONS } from './sql/functions/catalog.ts';
import { EXPRESSIONS, STATEMENTS } from './sql/testing/corpus.ts';

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

/** What was measured at production, with the text that it answered. */
const MEASURED: readonly (readonly [sql: string, message: string])[] = [
  ['SELECT COUNT(*) FROM readings', 'COUNT() function must have 0 arguments: 1'],
  ['SELECT count(blob1) FROM readings', 'COUNT() function must have 0 arguments: 1'],
  ['SELECT max(blob5) FROM readings', 'cannot use the String type as argument 1 in max("blob5")'],
  [
    "SELECT min(formatDateTime(timestamp, '%Y')) FROM readings",
    `cannot use the String type as argument 1 in min(formatDateTime("timestamp", '%Y'))`,
  ],
  [
    "SELECT if(blob1 = 'seeking', blob3, NULL) FROM readings",
    `the 2nd and 3rd arguments to IF() function must have the same type but instead had String and Null: if("blob1" = 'seeking', "blob3", NULL)`,
  ],
  [
    "SELECT sum(if(blob1 = 'x', _sample_interval, 0.0)) AS s FROM readings",
    `the 2nd and 3rd arguments to IF() function must have the same type but instead had Integer and Double: if("blob1" = 'x', "_sample_interval", 0.0)`,
  ],
  [
    "SELECT SUM(IF(blob1 = 'x', double1 * _sample_interval, 0)) FROM readings",
    `the 2nd and 3rd arguments to IF() function must have the same type but instead had Double and Integer: if("blob1" = 'x', "double1" * "_sample_interval", 0)`,
  ],
  ["SELECT count() FROM readings WHERE blob1 LIKE CONCAT('eth', '%')", 'unknown function call: CONCAT'],
  ['SELECT greatest(double1, 1.0) FROM readings', 'unknown function call: GREATEST'],
  ['SELECT quantile(0.5)(double1) FROM readings', 'unknown function call: QUANTILE'],
  ['SELECT toUInt32OrZero(blob1) FROM readings', 'unknown function call: TOUINT32ORZERO'],
  [
    "SELECT SUM(CASE WHEN blob3 = 'error' THEN _sample_interval ELSE 0 END) FROM readings",
    "unsupported expression type: CASE WHEN blob3 = 'error' THEN _sample_interval ELSE 0 END",
  ],
  [
    "SELECT count() FROM readings GROUP BY if(blob1 = '', '/', blob1)",
    `in the GROUP BY clause you may only provide column names: if("blob1" = '', '/', "blob1")`,
  ],
  [
    "SELECT count() FROM readings WHERE timestamp >= '2026-01-01 00:00:00'",
    `cannot combine the DateTime and String types with the >= operator: "timestamp" >= '2026-01-01 00:00:00'`,
  ],
  ['SELECT count() FROM `readings`', 'sql parser error: Expected identifier, found: ` at Line: 1, Column 21'],
  ['SELECT double1 AS w FROM readings ORDER BY double1', 'unable to find type of column: "double1"'],
  [
    'SELECT toUnixTimestamp(timestamp) AS ts FROM readings ORDER BY timestamp',
    'unable to find type of column: "timestamp"',
  ],
  ['SELECT blob1 FROM readings ORDER BY timestamp', 'unable to find type of column: "timestamp"'],
  [
    'SELECT blob1 AS host FROM readings GROUP BY host ORDER BY sum(_sample_interval)',
    'unable to find type of column: "_sample_interval"',
  ],
  ['SELECT count() FROM never WHERE timestamp > now()', 'unable to find type of column: "timestamp"'],
  ['SELECT sum(double1) FROM never', 'unable to find type of column: "double1"'],
  [`SELECT '${'x'.repeat(10_000)}'`, 'SQL was excessively long, exceeded maximum length: 10000'],
];

/** What the reference does not have, or says is not supported; the texts are in production's manner. */
const UNSUPPORTED: readonly (readonly [sql: string, message: string])[] = [
  ['SELECT count() FROM never', 'unknown table: "never"'],
  ['SELECT * FROM never', 'unknown table: "never"'],
  ['SELECT blob21 FROM readings', 'unable to find type of column: "blob21"'],
  ['SELECT Blob1 FROM readings', 'unable to find type of column: "Blob1"'],
  ['SELECT blob1', 'unable to find type of column: "blob1"'],
  ['SELECT *', 'SELECT * needs a FROM clause'],
  ['SELECT timezone() FORMAT JSON;', 'unknown function call: TIMEZONE'],
  ["SELECT file('/etc/passwd')", 'unknown function call: FILE'],
  ["SELECT * FROM file('/etc/passwd')", 'unsupported table function: file'],
  ["SELECT * FROM url('http://x', CSV)", 'unsupported table function: url'],
  ["SELECT * FROM remote('127.0.0.1', system.one)", 'unsupported table function: remote'],
  ['SELECT * FROM system.tables', 'unsupported table name, expected the name of a dataset: system.tables'],
  [
    'SELECT * FROM default.readings',
    'unsupported table name, expected the name of a dataset: default.readings',
  ],
  [
    'SELECT * FROM "system"."tables"',
    'unsupported table name, expected the name of a dataset: system."tables"',
  ],
  ['SELECT * FROM "system.tables"', 'unknown table: "system.tables"'],
  ['SELECT count() FROM readings AS a', 'unsupported alias behind FROM: AS a'],
  ['SELECT x FROM (SELECT 1 AS x) t', 'unsupported alias behind FROM: t'],
  ['SELECT count() FROM readings, never', 'unsupported clause: JOIN'],
  ['SELECT 1 FROM readings LEFT JOIN never ON 1 = 1', 'unsupported clause: JOIN'],
  ['SELECT 1 FROM readings ARRAY JOIN x', 'unsupported clause: ARRAY JOIN'],
  ['SELECT 1 FROM readings FINAL', 'unsupported clause: FINAL'],
  ['SELECT 1 UNION ALL SELECT 2', 'unsupported clause: UNION'],
  ['SELECT 1 FROM readings SETTINGS max_threads = 1', 'unsupported clause: SETTINGS'],
  ["SELECT 1 INTO OUTFILE 'x'", 'unsupported clause: INTO'],
  ['SELECT DISTINCT blob1 FROM readings', 'unsupported clause: SELECT DISTINCT'],
  ['SELECT index1, count() AS n FROM readings GROUP BY index1 WITH TOTALS', 'unsupported clause: WITH'],
  ['WITH x AS (SELECT 1) SELECT * FROM x', 'unsupported statement type: WITH'],
  ['INSERT INTO readings VALUES (1)', 'unsupported statement type: INSERT'],
  ['drop table readings', 'unsupported statement type: DROP'],
  ['SHOW DATABASES', 'unsupported statement type: SHOW DATABASES'],
  ['SET session_timezone = 1', 'unsupported statement type: SET'],
  ['SELECT 1; DROP TABLE readings', 'only a single statement may be provided'],
  ['SELECT 1 FORMAT CSV', 'unknown format: CSV, expected one of JSON, JSONEachRow, TabSeparated'],
  [
    'SELECT row_number() OVER (ORDER BY blob1) FROM readings',
    'unsupported expression type: row_number() OVER (ORDER BY blob1)',
  ],
  ['SELECT CAST(double1 AS String) FROM readings', 'unsupported expression type: CAST(double1 AS String)'],
  ['SELECT double1::String FROM readings', 'unsupported expression type: double1::String'],
  ["SELECT blob1 || 'x' FROM readings", "unsupported expression type: blob1 || 'x'"],
  ['SELECT blob1 IS NOT NULL FROM readings', 'unsupported expression type: blob1 IS NOT NULL'],
  ['SELECT NULL AS x', 'unsupported expression type: NULL'],
  ['SELECT [1, 2] AS x', 'unsupported expression type: [1, 2]'],
  ['SELECT (1, 2) AS x', 'unsupported expression type: (1, 2)'],
  ['SELECT topK(3)(blob1)[1] FROM readings', 'unsupported expression type: topK(3)(blob1)[1]'],
  ['SELECT readings.blob1 FROM readings', 'unsupported expression type: readings.blob1'],
  ['SELECT (SELECT 1) AS x', 'unsupported expression type: (SELECT 1)'],
  ['SELECT EXISTS (SELECT 1) AS x', 'unsupported expression type: EXISTS (SELECT 1)'],
  [
    'SELECT 1 FROM readings WHERE blob1 IN (SELECT blob1 FROM readings)',
    'unsupported expression type: blob1 IN (SELECT blob1 FROM readings)',
  ],
  ['SELECT sum(*) FROM readings', 'unsupported expression type: *'],
  ['SELECT now(1)', 'NOW() function must have 0 arguments: 1'],
  ['SELECT if(true, 1)', 'IF() function must have 3 arguments: 2'],
  ['SELECT lower()', 'LOWER() function must have 1 argument: 0'],
  ['SELECT round(1.5, 1, 1)', 'ROUND() function must have 1 to 2 arguments: 3'],
  ['SELECT format()', 'FORMAT() function must have at least 1 argument: 0'],
  ['SELECT max(DISTINCT double1) FROM readings', 'MAX() function does not support DISTINCT'],
  ['SELECT sum(1)(double1) FROM readings', 'SUM() function must have 0 parameters: 1'],
  [
    'SELECT quantileExactWeighted(double1, _sample_interval) FROM readings',
    'QUANTILEEXACTWEIGHTED() function must have 1 parameters: 0',
  ],
  [
    'SELECT quantileExactWeighted(95)(double1, _sample_interval) FROM readings',
    'the parameter of the QUANTILEEXACTWEIGHTED() function must be a number from 0 to 1: 95',
  ],
  [
    'SELECT quantileWeighted(1.5, double1, _sample_interval) FROM readings',
    'the 1st argument must be a number from 0 to 1 in quantileWeighted(1.5, "double1", "_sample_interval")',
  ],
  [
    'SELECT topK(0)(blob1) FROM readings',
    'the parameter of the TOPK() function must be a whole number from 1 to 65536: 0',
  ],
  [
    'SELECT bitAnd(double1, 1) FROM readings',
    'cannot use the Double type as argument 1 in bitAnd("double1", 1)',
  ],
  ['SELECT length(double1) FROM readings', 'cannot use the Double type as argument 1 in length("double1")'],
  ['SELECT toHour(blob1) FROM readings', 'cannot use the String type as argument 1 in toHour("blob1")'],
  [
    "SELECT toDateTime('2022-12-01T16:17:00Z')",
    "expected unix seconds or 'YYYY-MM-DD hh:mm:ss' in toDateTime('2022-12-01T16:17:00Z')",
  ],
  [
    'SELECT formatDateTime(timestamp, blob1) FROM readings',
    'argument 2 must be a literal in formatDateTime("timestamp", "blob1")',
  ],
  ["SELECT format('{a}', 1)", "literal { and } are not supported in the format of format('{a}', 1)"],
  ["SELECT format('{} {}', 1)", "expected 2 values for the format of format('{} {}', 1)"],
  [
    "SELECT toStartOfInterval(timestamp, INTERVAL '0' DAY) FROM readings",
    `the interval must be longer than 0 in toStartOfInterval("timestamp", INTERVAL '0' DAY)`,
  ],
  ["SELECT INTERVAL '1.5' DAY", "interval must be a whole number: INTERVAL '1.5' DAY"],
  ['SELECT 18446744073709551616', 'integer literal is out of range: 18446744073709551616'],
  ['SELECT 1e999', 'double literal is out of range: 1e999'],
  ["SELECT 1 + 'a'", `cannot combine the Integer and String types with the + operator: 1 + 'a'`],
  [
    'SELECT timestamp - 60 FROM readings',
    'cannot combine the DateTime and Integer types with the - operator: "timestamp" - 60',
  ],
  [
    'SELECT blob1 AND true FROM readings',
    'cannot combine the String and Boolean types with the AND operator: "blob1" AND true',
  ],
  ['SELECT -blob1 FROM readings', 'cannot use the String type with the - operator: -"blob1"'],
  ['SELECT NOT blob1 FROM readings', 'cannot use the String type with the NOT operator: NOT "blob1"'],
  [
    'SELECT double1 LIKE 1 FROM readings',
    'cannot combine the Double and Integer types with the LIKE operator: "double1" LIKE 1',
  ],
  [
    "SELECT double1 IN (1, 'a') FROM readings",
    `cannot combine the Double and String types with the IN operator: "double1" IN (1, 'a')`,
  ],
  ['SELECT blob1 IN (blob2) FROM readings', 'the list of IN may only hold constants, found: "blob2"'],
  [
    "SELECT timestamp BETWEEN '1' AND now() FROM readings",
    `cannot combine the DateTime and String types with the BETWEEN operator: "timestamp" BETWEEN '1' AND now()`,
  ],
  ['SELECT 1 FROM readings WHERE double1', 'cannot use the Double type in the WHERE clause: "double1"'],
  [
    'SELECT 1 FROM readings WHERE sum(double1) > 1',
    'aggregate functions are not allowed in the WHERE clause: sum("double1") > 1',
  ],
  [
    'SELECT sum(double1) AS s FROM readings WHERE s > 1',
    'aggregate functions are not allowed in the WHERE clause: "s" > 1',
  ],
  [
    'SELECT sum(double1) AS s FROM readings GROUP BY s',
    'aggregate functions are not allowed in the GROUP BY clause: "s"',
  ],
  ['SELECT sum(max(double1)) FROM readings', 'aggregate functions cannot be nested: sum(max("double1"))'],
  [
    'SELECT sum(double1) AS double1, max(double1) AS m FROM readings',
    'aggregate functions cannot be nested: max("double1")',
  ],
  [
    'SELECT blob1, count() FROM readings',
    'column must be in the GROUP BY clause or in an aggregate function: "blob1"',
  ],
  [
    'SELECT upper(blob2), count() FROM readings GROUP BY blob1',
    'column must be in the GROUP BY clause or in an aggregate function: "blob2"',
  ],
  [
    'SELECT blob1 FROM readings HAVING blob1 = 1',
    'cannot combine the String and Integer types with the = operator: "blob1" = 1',
  ],
  ["SELECT blob1 FROM readings HAVING blob1 = ''", 'HAVING needs a GROUP BY clause or an aggregate function'],
  [
    'SELECT double1 FROM readings ORDER BY 1',
    'in the ORDER BY clause you may only provide columns of the result: 1',
  ],
  ['SELECT blob1 AS a, blob2 AS a FROM readings', 'alias is given twice: "a"'],
  ['SELECT a + 1 AS b, b + 1 AS a', 'alias stands for itself: "b"'],
  ['SELECT double1, double2 AS double1 FROM readings', 'several columns have the same name: "double1"'],
  [
    'SELECT first_value(blob1) FROM readings ORDER BY timestamp, double1 DESC',
    'first_value and last_value need an ORDER BY with a single direction',
  ],
  [`SELECT ${'('.repeat(60)}1${')'.repeat(60)}`, 'sql parser error: recursion limit exceeded'],
  [`SELECT ${Array(400).fill('1').join('+')}`, 'sql parser error: recursion limit exceeded'],
  [
    `SELECT 1 AS a0, ${Array.from({ length: 30 }, (_, n) => `a${n} + a${n} AS a${n + 1}`).join(', ')}`,
    'query is too large once its aliases are replaced by what they stand for',
  ],
];

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

/** Everything of ClickHouse that a translation may be made of. */
const KNOWN = new Set(
  `SELECT FROM WHERE GROUP HAVING ORDER BY ASC DESC LIMIT OFFSET AS NOT BETWEEN AND IN DISTINCT CAST true false
  plus minus multiply divide modulo equals notEquals less lessOrEquals greater greaterOrEquals negate not and or like
  notLike ilike notILike toIntervalYear toIntervalMonth toIntervalDay toIntervalHour toIntervalMinute toIntervalSecond
  count sum avg min max quantileExactWeighted argMax argMin first_value last_value topK topKWeighted countIf sumIf avgIf
  bitAnd bitCount bitHammingDistance bitNot bitOr bitRotateLeft bitRotateRight bitShiftLeft bitShiftRight bitTest bitXor
  accurateCastOrDefault trunc if formatDateTime now today toDateTime timezoneOf toYear toMonth toDayOfMonth toDayOfWeek
  toHour toMinute toSecond toUnixTimestamp toStartOfInterval toStartOfYear toStartOfMonth toStartOfWeek toStartOfDay
  toStartOfHour toStartOfFifteenMinutes toStartOfTenMinutes toStartOfFiveMinutes toStartOfMinute toYYYYMM bin hex intDiv
  log pow round floor ceil lengthUTF8 empty lower lowerUTF8 upper upperUTF8 startsWith endsWith positionUTF8 substringUTF8
  format toUInt8 toUInt32 toUInt64`.split(/\s+/),
);

/** What of the SQL is neither a known word nor a number, nor in quotes; nor a table of the catalog. */
function foreignTo(sql: string): string[] {
  const text = sql.replaceAll(/'(?:[^'\\]|\\.)*'/gs, ' ');
  const words = text.replaceAll(/`(?:[^`\\]|\\.)*`/gs, ' ').match(/[^\s(),.]+/g) ?? [];
  const tables = text.match(/FROM `(?:[^`\\]|\\.)*`\.`(?:[^`\\]|\\.)*`/gs) ?? [];
  return [
    ...words.filter((word) => !KNOWN.has(word) && !/^-?\d+(?:e[+-]?\d+)?$/.test(word)),
    ...tables.filter((table) => table !== 'FROM `ae`.`readings`'),
  ];
}
