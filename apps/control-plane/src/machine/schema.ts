import type { Incident, Policy, Snapshot, TimelineEvent } from '@fettle/contract';
import type { MachineRecord } from '@fettle/core';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Migration } from '../storage/migrate.ts';

/** The machine's one durable record and the policy it lives by; a single row. */
export const machineTable = sqliteTable('machine', {
  id: integer('id').primaryKey(),
  record: text('record', { mode: 'json' }).$type<MachineRecord>().notNull(),
  policy: text('policy', { mode: 'json' }).$type<Policy>().notNull(),
});

/** Health observations with their version set; a ring, bounded by the policy. */
export const snapshotTable = sqliteTable(
  'snapshot',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    /** 1, 0, or null when the check could not tell. */
    healthy: integer('healthy', { mode: 'boolean' }),
    imageHash: text('image_hash'),
    platformHash: text('platform_hash'),
    customerHash: text('customer_hash'),
    snapshot: text('snapshot', { mode: 'json' }).$type<Snapshot>().notNull(),
  },
  (table) => [index('snapshot_versions').on(table.imageHash, table.platformHash, table.customerHash)],
);

/** What happened, for the timeline; a ring. */
export const eventTable = sqliteTable('event', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  kind: text('kind').$type<TimelineEvent['kind']>().notNull(),
  message: text('message').notNull(),
});

/** Incidents by number; bounded. */
export const incidentTable = sqliteTable('incident', {
  number: integer('number').primaryKey(),
  incident: text('incident', { mode: 'json' }).$type<Incident>().notNull(),
});

export const machineMigrations: readonly Migration[] = [
  {
    number: 1,
    statements: [
      'CREATE TABLE machine (id INTEGER PRIMARY KEY, record TEXT NOT NULL, policy TEXT NOT NULL)',
      `CREATE TABLE snapshot (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, healthy INTEGER,
        image_hash TEXT, platform_hash TEXT, customer_hash TEXT, snapshot TEXT NOT NULL)`,
      'CREATE INDEX snapshot_versions ON snapshot (image_hash, platform_hash, customer_hash)',
      'CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL)',
      'CREATE TABLE incident (number INTEGER PRIMARY KEY, incident TEXT NOT NULL)',
    ],
  },
];
