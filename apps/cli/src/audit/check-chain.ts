import type { AuditRow } from '@fettle/contract/audit';
import { EMPTY_CHAIN } from '@fettle/core/audit-chain';
import type { Chain } from './chains.ts';
import { readRows } from './read-rows.ts';
import { verifyPages, type ChainCheck } from './verify-pages.ts';

/** What was found of one chain, and with how much that was exported it was compared. */
export type Checked = { chain: string; exported: number } & ChainCheck;

/** Checks a chain of a control plane against its exported heads, and against rows of an export that somebody has. */
export async function checkChain(chain: Chain, exported: readonly AuditRow[] = []): Promise<Checked> {
  // The heads first: what is exported while the rows are read is not yet among the rows.
  const heads = [...(await chain.heads()), ...exported];
  const check = await verifyPages(readRows(chain.rows), heads);
  return { chain: chain.name, exported: heads.length, ...check };
}

/** Checks rows of an export by themselves. They may begin anywhere; a gap between them is a failure. */
export async function checkExport(name: string, rows: readonly AuditRow[]): Promise<Checked> {
  const [first] = rows;
  const from =
    first === undefined || first.seq === 1 ? EMPTY_CHAIN : { seq: first.seq - 1, hash: first.previousHash };
  return { chain: name, exported: 0, ...(await verifyPages(onePage(rows), [], from)) };
}

async function* onePage(rows: readonly AuditRow[]): AsyncGenerator<readonly AuditRow[]> {
  yield rows;
}
