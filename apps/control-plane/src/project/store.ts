import type { Notice } from '@fettle/contract';
import type { ProjectRecord } from '@fettle/core';
import { desc, lte } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { AuditStore } from '../audit/audit-store.ts';
import { migrate } from '../storage/migrate.ts';
import { noticeTable, projectMigrations, projectTable } from './schema.ts';

const ONLY_ROW = 1;
/** Notices are few; this many are years of them. */
const MOST_NOTICES = 1000;

/**
 * Named operations on a project object's storage. All synchronous, so that a caller can make them one transaction.
 * Nothing is migrated before the first of them: a constructor that throws would take the object's alarm along.
 */
export class ProjectStore {
  /** What was done with the project and its machines, and by whom. */
  readonly audit: AuditStore;
  private readonly storage: DurableObjectStorage;
  private database: DrizzleSqliteDODatabase | null = null;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.audit = new AuditStore(() => this.db);
  }

  private get db(): DrizzleSqliteDODatabase {
    if (this.database === null) {
      migrate(this.storage, projectMigrations);
      this.database = drizzle(this.storage);
    }
    return this.database;
  }

  /** The record; `null` before the project was applied. Anybody may ask for any name: where nothing is, nothing is written. */
  load(): ProjectRecord | null {
    if (this.isUnwritten()) return null;
    return this.db.select().from(projectTable).get()?.record ?? null;
  }

  private isUnwritten(): boolean {
    if (this.database !== null) return false;
    const tables = this.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'migrations'");
    return tables.toArray().length === 0;
  }

  save(record: ProjectRecord): void {
    this.db
      .insert(projectTable)
      .values({ id: ONLY_ROW, record })
      .onConflictDoUpdate({ target: projectTable.id, set: { record } })
      .run();
  }

  appendNotices(notices: readonly Notice[]): void {
    for (const notice of notices) {
      const { seq } = this.db
        .insert(noticeTable)
        .values({ notice })
        .returning({ seq: noticeTable.seq })
        .get();
      this.db
        .delete(noticeTable)
        .where(lte(noticeTable.seq, seq - MOST_NOTICES))
        .run();
    }
  }

  /** The newest first. */
  notices(limit: number): Notice[] {
    const rows = this.db.select().from(noticeTable).orderBy(desc(noticeTable.seq)).limit(limit).all();
    return rows.map((row) => row.notice);
  }
}
