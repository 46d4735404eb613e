import { createHash } from 'node:crypto';
import type { AuditEntry, AuditRow } from '@fettle/contract';
import { EMPTY_CHAIN, nextRow, type ChainEnd } from '@fettle/core/audit-chain';
import { asc, desc, eq, gt } from 'drizzle-orm';
import type { DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { auditExportTable, auditTable } from './schema.ts';

const ONLY_ROW = 1;

/** How far a chain is known to be in the second place. */
export type Exported = ChainEnd & { at: number; misfit: string | null };

/** SHA-256 as hexadecimal digits. Synchronous, so that a row is hashed within the transaction of what it tells. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The chain of one object, in its own SQLite. All synchronous: what is appended is part of the caller's transaction. */
export class AuditStore {
  private readonly open: () => DrizzleSqliteDODatabase;

  /** `open` gives the object's database, with `AUDIT_STATEMENTS` done. */
  constructor(open: () => DrizzleSqliteDODatabase) {
    this.open = open;
  }

  /** Appends what was done, in its order. */
  append(entries: readonly AuditEntry[]): void {
    if (entries.length === 0) return;
    let end = this.end();
    for (const entry of entries) {
      const { seq, previousHash, hash } = nextRow(end, entry, sha256);
      this.open().insert(auditTable).values({ seq, entry, previousHash, hash }).run();
      end = { seq, hash };
    }
  }

  /** The oldest first. */
  rows({ after, limit }: { after: number; limit: number }): AuditRow[] {
    return this.open()
      .select()
      .from(auditTable)
      .where(gt(auditTable.seq, after))
      .orderBy(asc(auditTable.seq))
      .limit(limit)
      .all()
      .map(({ seq, entry, previousHash, hash }) => ({ seq, ...entry, previousHash, hash }));
  }

  end(): ChainEnd {
    const { seq, hash } = auditTable;
    const last = this.open().select({ seq, hash }).from(auditTable).orderBy(desc(seq)).limit(1).get();
    return last ?? EMPTY_CHAIN;
  }

  /** Where the chain was after `seq` rows; `null` when it is not that long. */
  endAt(seq: number): ChainEnd | null {
    if (seq === 0) return EMPTY_CHAIN;
    const row = this.open()
      .select({ seq: auditTable.seq, hash: auditTable.hash })
      .from(auditTable)
      .where(eq(auditTable.seq, seq))
      .get();
    return row ?? null;
  }

  exported(): Exported {
    const row = this.open().select().from(auditExportTable).get();
    return row ?? { ...EMPTY_CHAIN, at: 0, misfit: null };
  }

  saveExported({ seq, hash, at, misfit }: Exported): void {
    const set = { seq, hash, at, misfit };
    this.open()
      .insert(auditExportTable)
      .values({ id: ONLY_ROW, ...set })
      .onConflictDoUpdate({ target: auditExportTable.id, set })
      .run();
  }
}
