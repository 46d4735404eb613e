import type { AuditEntry } from '@fettle/contract';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row of the chain. Rows are only ever added. */
export const auditTable = sqliteTable('audit', {
  seq: integer('seq').primaryKey(),
  entry: text('entry', { mode: 'json' }).$type<AuditEntry>().notNull(),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
});

/** How far the chain is known to be in the second place; a single row. */
export const auditExportTable = sqliteTable('audit_export', {
  id: integer('id').primaryKey(),
  seq: integer('seq').notNull(),
  hash: text('hash').notNull(),
  /** When it was last compared. */
  at: integer('at').notNull(),
  /** The exported head that the chain does not go on from; people were told of it. */
  misfit: text('misfit'),
});

/** Makes both tables; part of a migration of every object that keeps a chain. */
export const AUDIT_STATEMENTS = [
  'CREATE TABLE audit (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL)',
  'CREATE TABLE audit_export (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL, misfit TEXT)',
];
