import { checkSelect } from './sql/check-select.ts';
import { emitSelect } from './sql/emit-select.ts';
import { parseStatement } from './sql/parse-statement.ts';
import { MAX_STATEMENT_LENGTH, Refusal, tooLong } from './sql/refusal.ts';
import type { Catalog, Translation } from './sql/translation.ts';

export { SESSION_SETTINGS } from './sql/session.ts';
export type { Catalog, Format, Translation } from './sql/translation.ts';

/**
 * Translates a statement of Workers Analytics Engine into ClickHouse SQL that means what production means by it, or
 * refuses it as production does. Total: it throws for no text.
 *
 * Nothing of the statement's own text reaches ClickHouse: names and literals are quoted anew, functions and tables come
 * from lists. The session that runs it must have `SESSION_SETTINGS`. Docs: docs/dialect.md.
 */
export function translate(text: string, catalog: Catalog): Translation {
  try {
    if (text.length > MAX_STATEMENT_LENGTH) throw tooLong();
    const statement = parseStatement(text);
    if (statement.kind !== 'select') return { ok: true, ...statement };
    const sql = emitSelect(checkSelect(statement.select, catalog));
    return { ok: true, kind: 'select', sql, format: statement.format };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: `Input was invalid: ${error.message}` };
    throw error;
  }
}
