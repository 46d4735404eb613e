/** The chain of an audit log: what is hashed, and how a copy of it is checked. Whoever calls brings the hash function. */
import { GENESIS_HASH, type AuditEntry, type AuditHead, type AuditRow } from '@fettle/contract';

/** SHA-256 of a text's UTF-8 bytes, as 64 hexadecimal digits. */
export type Sha256 = (text: string) => string;

/** Where a chain ends; `seq` 0 is a chain without rows. */
export type ChainEnd = Pick<AuditHead, 'seq' | 'hash'>;

export const EMPTY_CHAIN: ChainEnd = { seq: 0, hash: GENESIS_HASH };

/** The row that an entry becomes at the end of a chain. */
export function nextRow(end: ChainEnd, entry: AuditEntry, sha256: Sha256): AuditRow {
  const row = { seq: end.seq + 1, ...entry, previousHash: end.hash };
  return { ...row, hash: sha256(hashedText(row)) };
}

/** What is hashed: every field in a fixed order, so that no two different rows have the same text. */
function hashedText(row: Omit<AuditRow, 'hash'>): string {
  const { previousHash, seq, at, actor, action, subject, before, after, requestId } = row;
  return JSON.stringify([
    previousHash,
    seq,
    at,
    actor.kind,
    actor.id,
    action,
    subject,
    before,
    after,
    requestId,
  ]);
}

export type ChainVerdict =
  | ({ ok: true } & ChainEnd)
  /** `seq`: the first row that is wrong or missing. */
  | { ok: false; seq: number; message: string };

/**
 * Whether `rows` are a chain without gaps that goes on from `from` (by default its beginning), and agree with everything
 * that was exported of it. A row that was changed, taken out or moved breaks the chain; rows that were cut off at the end,
 * or a chain that was made anew, disagree with the heads.
 */
export function verifyChain(input: {
  rows: Iterable<AuditRow>;
  heads: readonly ChainEnd[];
  sha256: Sha256;
  from?: ChainEnd;
}): ChainVerdict {
  const expected = new Map(input.heads.map((head) => [head.seq, head.hash]));
  let end = input.from ?? EMPTY_CHAIN;
  for (const row of input.rows) {
    const seq = end.seq + 1;
    if (row.seq !== seq)
      return wrong(seq, `row ${seq} is missing: row ${row.seq} comes after row ${end.seq}`);
    if (row.previousHash !== end.hash) return wrong(seq, `row ${seq} does not go on from the row before it`);
    if (row.hash !== input.sha256(hashedText(row))) return wrong(seq, `row ${seq} was changed`);
    if ((expected.get(seq) ?? row.hash) !== row.hash)
      return wrong(seq, `row ${seq} is not the one that was exported`);
    end = row;
  }
  const latest = Math.max(end.seq, ...expected.keys());
  if (latest > end.seq)
    return wrong(end.seq + 1, `rows ${end.seq + 1} to ${latest} were exported and are not there any more`);
  return { ok: true, seq: end.seq, hash: end.hash };
}

function wrong(seq: number, message: string): ChainVerdict {
  return { ok: false, seq, message };
}
