import type { Format } from '../sql.ts';

/** Content types of the formats, as ClickHouse sends them. */
export const CONTENT_TYPES: Record<Format, string> = {
  JSON: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
};

/** Rows of texts in a format of ClickHouse's, for statements that it does not know. */
export function formatTexts(columns: string[], rows: string[][], format: Format): string {
  const records = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  switch (format) {
    case 'JSON':
      return `${JSON.stringify({
        meta: columns.map((name) => ({ name, type: 'String' })),
        data: records,
        rows: rows.length,
      })}\n`;
    case 'JSONEachRow':
      return records.map((record) => `${JSON.stringify(record)}\n`).join('');
    case 'TabSeparated':
      return rows.map((row) => `${row.join('\t')}\n`).join('');
  }
}

const ZONED = /DateTime\('UTC'\)/g;
/** More than the description of the columns ever takes: a statement has at most 10,000 characters. */
const MAX_HEAD_BYTES = 64 * 1024;

/** ClickHouse's JSON with the types as production names them: it says DateTime where we store a zone as well. */
export function nameTypes(json: Uint8Array): Uint8Array {
  const start = new TextDecoder().decode(json.subarray(0, MAX_HEAD_BYTES));
  const head = start.slice(0, start.indexOf('"data":'));
  if (!head.includes('DateTime(')) return json;
  const encoder = new TextEncoder();
  const rest = json.subarray(encoder.encode(head).length);
  const named = encoder.encode(head.replace(ZONED, 'DateTime'));
  const answer = new Uint8Array(named.length + rest.length);
  answer.set(named);
  answer.set(rest, named.length);
  return answer;
}
