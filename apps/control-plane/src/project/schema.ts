import type { Notice } from '@fettle/contract';
import type { ProjectRecord } from '@fettle/core';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Migration } from '../storage/migrate.ts';

/** The project's one durable record; a single row. */
export const projectTable = sqliteTable('project', {
  id: integer('id').primaryKey(),
  record: text('record', { mode: 'json' }).$type<ProjectRecord>().notNull(),
});

/** What people should know; a ring. */
export const noticeTable = sqliteTable('notice', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  notice: text('notice', { mode: 'json' }).$type<Notice>().notNull(),
});

export const projectMigrations: readonly Migration[] = [
  {
    number: 1,
    statements: [
      'CREATE TABLE project (id INTEGER PRIMARY KEY, record TEXT NOT NULL)',
      'CREATE TABLE notice (seq INTEGER PRIMARY KEY AUTOINCREMENT, notice TEXT NOT NULL)',
    ],
  },
];
