import type { EvidenceBundle, Incident, TimelineEvent } from '@fettle/contract';
import type { Span } from '@fettle/core';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Migration } from '../storage/migrate.ts';
import { fillNewFields } from './fill-new-fields.ts';

/** Looks in a row that found the same, by their last one; a ring, bounded by the policy. */
export const spanTable = sqliteTable('span', {
  seq: integer('seq').primaryKey(),
  firstAt: integer('first_at').notNull(),
  looks: integer('looks').notNull(),
  span: text('span', { mode: 'json' }).$type<Span>().notNull(),
});

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

/** Bundles of evidence by their numbers; bounded. What is in them is in the bucket. */
export const evidenceTable = sqliteTable('evidence', {
  id: integer('id').primaryKey(),
  bundle: text('bundle', { mode: 'json' }).$type<EvidenceBundle>().notNull(),
});

/** The machine's one durable record and the policy it lives by are the single row of `machine`. */
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
  {
    number: 2,
    statements: [
      // A row for each look, with an index beside it, was most of what watching a machine cost.
      'DROP TABLE snapshot',
      `CREATE TABLE span (
        seq INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, looks INTEGER NOT NULL, span TEXT NOT NULL)`,
    ],
    convert: fillNewFields,
  },
  {
    number: 3,
    statements: ['CREATE TABLE evidence (id INTEGER PRIMARY KEY, bundle TEXT NOT NULL)'],
    convert: fillNewFields,
  },
  // Machines got credentials of their own.
  { number: 4, statements: [], convert: fillNewFields },
];
