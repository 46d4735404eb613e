import type { Grant } from '@fettle/contract';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { AUDIT_STATEMENTS } from '../audit/schema.ts';
import type { Migration } from '../storage/migrate.ts';

/** Tokens of operators, without their secrets. */
export const tokenTable = sqliteTable('token', {
  id: text('id').primaryKey(),
  secretHash: text('secret_hash').notNull(),
  name: text('name').notNull(),
  grants: text('grants', { mode: 'json' }).$type<Grant[]>().notNull(),
  createdAt: integer('created_at').notNull(),
  createdBy: text('created_by').notNull(),
  /** `null`: it has no end. */
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
});

/** Whom Cloudflare Access lets in, and what they may do. */
export const memberTable = sqliteTable('member', {
  name: text('name').primaryKey(),
  grants: text('grants', { mode: 'json' }).$type<Grant[]>().notNull(),
  since: integer('since').notNull(),
});

export const operatorMigrations: readonly Migration[] = [
  {
    number: 1,
    statements: [
      `CREATE TABLE token (id TEXT PRIMARY KEY, secret_hash TEXT NOT NULL, name TEXT NOT NULL, grants TEXT NOT NULL,
        created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER, revoked_at INTEGER)`,
      'CREATE TABLE member (name TEXT PRIMARY KEY, grants TEXT NOT NULL, since INTEGER NOT NULL)',
      ...AUDIT_STATEMENTS,
    ],
  },
];
