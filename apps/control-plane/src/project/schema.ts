import { MachineTemplate, Policy, type Notice } from '@fettle/contract';
import { newProjectRecord, type ProjectRecord } from '@fettle/core';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import * as v from 'valibot';
import { AUDIT_STATEMENTS } from '../audit/schema.ts';
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
  { number: 2, statements: [], convert: fillNewFields },
  { number: 3, statements: [], convert: fillNewFields },
  { number: 4, statements: AUDIT_STATEMENTS, convert: fillNewFields },
];

/** Fields that a record or its policy did not have yet get the value that a new one has. */
function fillNewFields(sql: SqlStorage): void {
  for (const row of sql.exec<{ record: string }>('SELECT record FROM project')) {
    const record = JSON.parse(row.record) as ProjectRecord;
    const filled = {
      ...newProjectRecord({ ...record, slots: [] }),
      ...record,
      policy: v.parse(Policy, record.policy),
      template: v.parse(MachineTemplate, record.template),
      plans: record.plans.map((plan) => ({ ...plan, image: plan.image ?? null })),
      pending: record.pending.map((action) =>
        action.do === 'provision' ? { ...action, image: action.image ?? null } : action,
      ),
      told: record.told.map((one) => ({ ...UNTOLD, ...one })),
      // Leave that was asked for in other words lapses; it is asked for again.
      permits: [],
      held: [],
      substitutions: record.substitutions.map((one) => ({ ...one, cost: one.cost ?? 0 })),
    };
    sql.exec('UPDATE project SET record = ?', JSON.stringify(filled));
  }
}

/** What machines of earlier releases did not tell. */
const UNTOLD = {
  versions: null,
  versionsSince: null,
  proven: false,
  healthySince: null,
  incidentAt: null,
  order: null,
};
