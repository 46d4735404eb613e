import type { AuditRow } from '@fettle/contract/audit';

const PAGE = 500;

/** Reads one page of a chain: rows after `after`, `limit` at the most, the oldest first. */
export type ReadRows = (page: { after: number; limit: number }) => Promise<AuditRow[]>;

/** All rows of a chain that come after one, page by page. */
export async function* readRows(read: ReadRows, after = 0): AsyncGenerator<AuditRow[]> {
  for (let last = after; ;) {
    const rows = await read({ after: last, limit: PAGE });
    if (rows.length > 0) yield rows;
    // A page whose rows do not go on would be read for ever.
    const next = rows.at(-1)?.seq ?? last;
    if (rows.length < PAGE || next <= last) return;
    last = next;
  }
}
