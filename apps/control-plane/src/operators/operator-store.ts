import type { Member, OperatorTokenView } from '@fettle/contract';
import { asc, count, desc, eq, lte, or } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { AuditStore } from '../audit/audit-store.ts';
import { migrate } from '../storage/migrate.ts';
import { memberTable, operatorMigrations, tokenTable } from './schema.ts';

/** A token as it is stored: what is shown of it, and the hash of its secret. */
export type StoredToken = OperatorTokenView & { secretHash: string };

/**
 * Named operations on the storage of the object that knows tokens and members. All synchronous, so that a caller can make
 * them one transaction.
 */
export class OperatorStore {
  /** What was done with access. */
  readonly audit: AuditStore;
  private readonly storage: DurableObjectStorage;
  private database: DrizzleSqliteDODatabase | null = null;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.audit = new AuditStore(() => this.db);
  }

  private get db(): DrizzleSqliteDODatabase {
    if (this.database === null) {
      migrate(this.storage, operatorMigrations);
      this.database = drizzle(this.storage);
    }
    return this.database;
  }

  token(id: string): StoredToken | null {
    return this.db.select().from(tokenTable).where(eq(tokenTable.id, id)).get() ?? null;
  }

  /** The newest first. */
  tokens(): StoredToken[] {
    return this.db.select().from(tokenTable).orderBy(desc(tokenTable.createdAt), asc(tokenTable.id)).all();
  }

  countTokens(): number {
    return this.db.select({ tokens: count() }).from(tokenTable).get()?.tokens ?? 0;
  }

  addToken(token: StoredToken): void {
    this.db.insert(tokenTable).values(token).run();
  }

  revokeToken(id: string, revokedAt: number): void {
    this.db.update(tokenTable).set({ revokedAt }).where(eq(tokenTable.id, id)).run();
  }

  /** Forgets tokens that ended at or before a time. */
  forgetTokens(until: number): void {
    const { expiresAt, revokedAt } = tokenTable;
    this.db
      .delete(tokenTable)
      .where(or(lte(expiresAt, until), lte(revokedAt, until)))
      .run();
  }

  member(name: string): Member | null {
    return this.db.select().from(memberTable).where(eq(memberTable.name, name)).get() ?? null;
  }

  /** In the order of their names. */
  members(): Member[] {
    return this.db.select().from(memberTable).orderBy(asc(memberTable.name)).all();
  }

  countMembers(): number {
    return this.db.select({ members: count() }).from(memberTable).get()?.members ?? 0;
  }

  saveMember(member: Member): void {
    this.db
      .insert(memberTable)
      .values(member)
      .onConflictDoUpdate({ target: memberTable.name, set: member })
      .run();
  }

  removeMember(name: string): void {
    this.db.delete(memberTable).where(eq(memberTable.name, name)).run();
  }
}
