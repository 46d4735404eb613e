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

/** The type of a column that is stored with a zone, or of a list of such: what is before the zone, up to it. */
const ZONED_TYPE = /("type":\s*"(?:Array\()?DateTime)\('UTC'\)/g;

/** ClickHouse's JSON with the types as production names them: it says DateTime where we store a zone as well. */
export function nameTypes(json: Uint8Array): Uint8Array {
  // Columns come first, and no name of one can hold these bytes: its quotes are escaped.
  const headLength = Buffer.from(json.buffer, json.byteOffset, json.byteLength).indexOf('"data":');
  const head = new TextDecoder().decode(json.subarray(0, headLength));
  const named = head.replace(ZONED_TYPE, '$1');
  return named === head ? json : Buffer.concat([Buffer.from(named), json.subarray(headLength)]);
}
