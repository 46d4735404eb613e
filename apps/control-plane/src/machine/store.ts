import type { EvidenceBundle, Incident, Policy, Snapshot, TimelineEvent } from '@fettle/contract';
import { snapshotsOf, type Fact, type MachineRecord, type Span } from '@fettle/core';
import { desc, eq, lt, lte, ne, sql } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from '../storage/migrate.ts';
import { eventTable, evidenceTable, incidentTable, machineMigrations, spanTable } from './schema.ts';

/** Longer texts are cut: they come from machines, which may say anything. */
const MAX_MESSAGE = 1000;

/** What a list of the past is asked for: how much, and only what is older than `before`. */
export type Page = { limit: number; before?: number | undefined };

/** A machine's record and the policy it lives by. */
export type Kept = { record: MachineRecord; policy: Policy };

type Row = { record: string | null; policy: string | null; migrated: number | null };

/** The policy that was read last: all machines of a project have the same, and nobody changes one in place. */
let lastPolicy: { text: string; policy: Policy } | null = null;

function policyOf(text: string): Policy {
  if (lastPolicy?.text !== text) lastPolicy = { text, policy: JSON.parse(text) as Policy };
  return lastPolicy.policy;
}

const NEWEST_MIGRATION = machineMigrations.at(-1)?.number ?? 0;

/**
 * Named operations on a machine object's storage. All synchronous, so that a caller can make them one transaction.
 * Nothing is read or migrated before the first of them: the object is constructed anew for nearly every alarm.
 */
export class MachineStore {
  private readonly storage: DurableObjectStorage;
  private database: DrizzleSqliteDODatabase | null = null;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  /** The record and its policy; `null` before the machine was provisioned. One statement where nothing is to migrate. */
  load(): Kept | null {
    const row = this.selectIfMigrated() ?? this.migrateAndSelect();
    if (row.record === null || row.policy === null) return null;
    return { record: JSON.parse(row.record) as MachineRecord, policy: policyOf(row.policy) };
  }

  /** A new machine, or another policy for one. */
  saveAll({ record, policy }: Kept): void {
    this.storage.sql.exec(
      'INSERT OR REPLACE INTO machine (id, record, policy) VALUES (1, ?, ?)',
      JSON.stringify(record),
      JSON.stringify(policy),
    );
  }

  save(record: MachineRecord): void {
    this.storage.sql.exec('UPDATE machine SET record = ? WHERE id = 1', JSON.stringify(record));
  }

  /** Keeps what decisions found worth keeping, and forgets what is past the policy's bounds. */
  keep(facts: readonly Fact[], history: Policy['history']): void {
    for (const fact of facts) {
      switch (fact.kind) {
        case 'span':
          this.appendSpan(fact.span, history.snapshots);
          break;
        case 'event':
          this.appendEvent(fact.event, history.events);
          break;
        case 'incident':
          this.saveIncident(fact.incident, history.incidents);
          break;
      }
    }
  }

  /** One for each look of the spans that are closed, the newest first. */
  snapshots({ limit, before = Infinity }: Page): Snapshot[] {
    const spans = this.db
      .select()
      .from(spanTable)
      .where(lt(spanTable.firstAt, Math.min(before, Number.MAX_SAFE_INTEGER)))
      .orderBy(desc(spanTable.seq))
      .limit(limit)
      .all();
    const all = spans.flatMap(({ span }) => snapshotsOf(span));
    return all.filter(({ at }) => at < before).slice(0, limit);
  }

  events({ limit, before }: Page): TimelineEvent[] {
    const older = before === undefined ? undefined : lt(eventTable.at, before);
    const rows = this.db.select().from(eventTable).where(older).orderBy(desc(eventTable.seq)).limit(limit);
    return rows.all().map(({ at, kind, message }) => ({ at, kind, message }));
  }

  /** The newest event that tells more than what became of a copy. */
  lastEvent(): TimelineEvent | null {
    const told = this.db.select().from(eventTable).where(ne(eventTable.kind, 'copy'));
    const row = told.orderBy(desc(eventTable.seq)).limit(1).get();
    return row === undefined ? null : { at: row.at, kind: row.kind, message: row.message };
  }

  incidents({ limit, before }: Page): Incident[] {
    const openedAt = sql`json_extract(${incidentTable.incident}, '$.openedAt')`;
    const older = before === undefined ? undefined : lt(openedAt, before);
    const rows = this.db.select().from(incidentTable).where(older).orderBy(desc(incidentTable.number));
    return rows
      .limit(limit)
      .all()
      .map((row) => row.incident);
  }

  /** Bundles of evidence, the newest first. */
  evidence(): EvidenceBundle[] {
    const rows = this.db.select().from(evidenceTable).orderBy(desc(evidenceTable.id)).all();
    return rows.map((row) => row.bundle);
  }

  /** Lists a bundle, also one that is there already, and forgets all but the newest `keep`: these it gives back. */
  saveEvidence(bundle: EvidenceBundle, keep: number): EvidenceBundle[] {
    this.db
      .insert(evidenceTable)
      .values({ id: Number(bundle.id), bundle })
      .onConflictDoUpdate({ target: evidenceTable.id, set: { bundle } })
      .run();
    const old = this.evidence().slice(keep);
    for (const { id } of old)
      this.db
        .delete(evidenceTable)
        .where(eq(evidenceTable.id, Number(id)))
        .run();
    return old;
  }

  /** Made when it is first needed: a healthy check needs it not at all. */
  private get db(): DrizzleSqliteDODatabase {
    if (this.database === null) {
      migrate(this.storage, machineMigrations);
      this.database = drizzle(this.storage);
    }
    return this.database;
  }

  /** Undefined when a migration has to run first. */
  private selectIfMigrated(): Row | undefined {
    try {
      const row = this.select();
      return (row.migrated ?? 0) < NEWEST_MIGRATION ? undefined : row;
    } catch {
      // There are no tables yet. Whatever else it was, the migration and the second try meet it again.
      return undefined;
    }
  }

  private migrateAndSelect(): Row {
    migrate(this.storage, machineMigrations);
    return this.select();
  }

  private select(): Row {
    return this.storage.sql
      .exec<Row>(
        'SELECT record, policy, migrated FROM (SELECT max(number) AS migrated FROM migrations) LEFT JOIN machine',
      )
      .one();
  }

  private appendSpan(span: Span, keep: number): void {
    const first = span.looks[0];
    if (first === undefined) return;
    this.db.insert(spanTable).values({ firstAt: first.at, looks: span.looks.length, span }).run();
    const older = this.db
      .select({
        seq: spanTable.seq,
        newer:
          sql<number>`sum(${spanTable.looks}) OVER (ORDER BY ${spanTable.seq} DESC) - ${spanTable.looks}`.as(
            'newer',
          ),
      })
      .from(spanTable)
      .orderBy(desc(spanTable.seq))
      .all();
    const past = older.find(({ newer }) => newer >= keep);
    if (past !== undefined) this.db.delete(spanTable).where(lte(spanTable.seq, past.seq)).run();
  }

  private appendEvent(event: TimelineEvent, keep: number): void {
    const values = { ...event, message: event.message.slice(0, MAX_MESSAGE) };
    const { seq } = this.db.insert(eventTable).values(values).returning({ seq: eventTable.seq }).get();
    this.db
      .delete(eventTable)
      .where(lte(eventTable.seq, seq - keep))
      .run();
  }

  private saveIncident(incident: Incident, keep: number): void {
    this.db
      .insert(incidentTable)
      .values({ number: incident.number, incident })
      .onConflictDoUpdate({ target: incidentTable.number, set: { incident } })
      .run();
    this.db
      .delete(incidentTable)
      .where(lte(incidentTable.number, incident.number - keep))
      .run();
  }
}
