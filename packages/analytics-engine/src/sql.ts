import type { Catalog, Format, Translation } from './sql/translation.ts';

export type { Catalog, Format, Translation } from './sql/translation.ts';

const SHOW =
  /^\s*SHOW\s+(TABLES|TIMEZONES|TIMEZONE)(?:\s+FORMAT\s+(JSON|JSONEachRow|TabSeparated))?\s*;?\s*$/i;
const SELECT =
  /^\s*SELECT\s+(\*|count\(\))\s+FROM\s+([A-Za-z_]\w*)(?:\s+LIMIT\s+(\d+))?(?:\s+FORMAT\s+(JSON|JSONEachRow|TabSeparated))?\s*;?\s*$/i;

/** Translates a statement of the Workers Analytics Engine into ClickHouse SQL, or refuses it as production does. */
export function translate(text: string, catalog: Catalog): Translation {
  const show = SHOW.exec(text);
  if (show !== null) {
    const kind = `show-${show[1]!.toLowerCase()}` as 'show-tables' | 'show-timezones' | 'show-timezone';
    return { ok: true, kind, format: (show[2] ?? 'JSON') as Format };
  }
  const select = SELECT.exec(text);
  if (select === null || !catalog.datasets.has(select[2]!)) {
    return { ok: false, message: 'Input was invalid: unable to find type of column: "timestamp"' };
  }
  const limit = select[3] === undefined ? '' : ` LIMIT ${select[3]}`;
  const sql = `SELECT ${select[1]} FROM \`ae\`.\`${select[2]}\`${limit}`;
  return { ok: true, kind: 'select', sql, format: (select[4] ?? 'JSON') as Format };
}
