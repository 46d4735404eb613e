import { Cursor } from './cursor.ts';
import { parseSelect } from './parse-select.ts';
import { Refusal } from './refusal.ts';
import type { ShowKind, Statement } from './syntax.ts';
import type { Format } from './translation.ts';

const FORMATS: readonly Format[] = ['JSON', 'JSONEachRow', 'TabSeparated'];

const SHOW: ReadonlyMap<string, ShowKind> = new Map([
  ['TABLES', 'show-tables'],
  ['TIMEZONES', 'show-timezones'],
  ['TIMEZONE', 'show-timezone'],
]);

/** Statements that other databases know. */
const OTHER_STATEMENTS = new Set(
  `ALTER ANALYZE ATTACH BACKUP BEGIN CALL CHECK COMMIT COPY CREATE DELETE DESC DESCRIBE DETACH DROP EXCHANGE EXECUTE
  EXISTS EXPLAIN GRANT INSERT KILL MERGE MOVE OPTIMIZE RENAME REPLACE RESTORE REVOKE ROLLBACK SET SYSTEM TRUNCATE UNDROP
  UPDATE USE VALUES WATCH WITH`.split(/\s+/),
);

/** Parses one statement; semicolons may follow it. Throws a `Refusal`. */
export function parseStatement(text: string): Statement {
  const cursor = new Cursor(text);
  const statement = parseOne(cursor);
  const semicolon = cursor.isSymbol(';');
  while (cursor.takeSymbol(';'));
  if (cursor.peek().kind === 'end') return statement;
  if (semicolon) throw new Refusal('only a single statement may be provided');
  throw cursor.unexpected('end of statement');
}

function parseOne(cursor: Cursor): Statement {
  if (cursor.isKeyword('SELECT')) {
    const select = parseSelect(cursor);
    return { kind: 'select', select, format: parseFormat(cursor) };
  }
  const keyword = cursor.peek().text.toUpperCase();
  if (cursor.takeKeywords('SHOW')) {
    const what = cursor.expectName().toUpperCase();
    const kind = SHOW.get(what);
    if (kind === undefined) throw new Refusal(`unsupported statement type: SHOW ${what}`);
    return { kind, format: parseFormat(cursor) };
  }
  if (OTHER_STATEMENTS.has(keyword)) throw new Refusal(`unsupported statement type: ${keyword}`);
  throw cursor.unexpected('an SQL statement');
}

function parseFormat(cursor: Cursor): Format {
  if (!cursor.takeKeywords('FORMAT')) return 'JSON';
  const name = cursor.expectName();
  const format = FORMATS.find((each) => each === name);
  if (format === undefined)
    throw new Refusal(`unknown format: ${name}, expected one of ${FORMATS.join(', ')}`);
  return format;
}
