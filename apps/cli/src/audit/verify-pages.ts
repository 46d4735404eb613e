import type { AuditRow } from '@fettle/contract/audit';
import { EMPTY_CHAIN, verifyChain, type ChainEnd, type ChainVerdict } from '@fettle/core/audit-chain';
import { createHash } from 'node:crypto';

/** What was found of a chain. `rows`: how many were checked before the end, or before the first that is wrong. */
export type ChainCheck = ChainVerdict & { rows: number };

/**
 * Checks a chain page by page: each row by its hash, the whole by what was exported of it. `from`: where the first page
 * goes on from. Never holds more than one page.
 */
export async function verifyPages(
  pages: AsyncIterable<readonly AuditRow[]>,
  heads: readonly ChainEnd[],
  from: ChainEnd = EMPTY_CHAIN,
): Promise<ChainCheck> {
  let end = from;
  for await (const rows of pages) {
    const last = rows.at(-1)?.seq ?? end.seq;
    const due = heads.filter(({ seq }) => seq > end.seq && seq <= last);
    const verdict = verifyChain({ rows, heads: due, from: end, sha256 });
    if (!verdict.ok) return { ...verdict, rows: verdict.seq - 1 - from.seq };
    end = verdict;
  }
  const open = heads.filter(({ seq }) => seq > end.seq);
  return { ...verifyChain({ rows: [], heads: open, from: end, sha256 }), rows: end.seq - from.seq };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
