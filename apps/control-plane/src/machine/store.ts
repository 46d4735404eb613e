import type { Incident, Policy, Snapshot, TimelineEvent } from '@fettle/contract';
import type { Fact, MachineRecord } from '@fettle/core';
import { desc, lte, ne } from 'drizzle-orm';
import { drizzle, type DrizzleSqliteDODatabase } from 'drizzle-orm/durable-sqlite';
import { migrate } from '../storage/migrate.ts';
import { eventTable, incidentTable, machineMigrations, machineTable, snapshotTable } from './schema.ts';

const ONLY_ROW = 1;
/** Longer texts are cut: they come from machines, which may say anything. */
const MAX_MESSAGE = 1000;

/** Named operations on a machine object's storage. All synchronous, so that a caller can make them one transaction. */
export class MachineStore {
  private readonly db: DrizzleSqliteDODatabase;

  constructor(storage: DurableObjectStorage) {
    migrate(storage, machineMigrations);
    this.db = drizzle(storage);
  }

  /** The record and its policy; `null` before the machine was provisioned. */
  load(): { record: MachineRecord; policy: Policy } | null {
    const row = this.db.select().from(machineTable).get();
    return row === undefined ? null : { record: row.record, policy: row.policy };
  }

  save(record: MachineRecord, policy: Policy): void {
    this.db
      .insert(machineTable)
      .values({ id: ONLY_ROW, record, policy })
      .onConflictDoUpdate({ target: machineTable.id, set: { record, policy } })
      .run();
  }

  /** Keeps what a decision found worth keeping, and forgets what is past the policy's bounds. */
  keep(facts: readonly Fact[], history: Policy['history']): void {
    for (const fact of facts) {
      switch (fact.kind) {
        case 'snapshot':
          this.appendSnapshot(fact.snapshot, history.snapshots);
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

  snapshots(limit: number): Snapshot[] {
    const rows = this.db.select().from(snapshotTable).orderBy(desc(snapshotTable.seq)).limit(limit).all();
    return rows.map((row) => row.snapshot);
  }

  events(limit: number): TimelineEvent[] {
    const rows = this.db.select().from(eventTable).orderBy(desc(eventTable.seq)).limit(limit).all();
    return rows.map(({ at, kind, message }) => ({ at, kind, message }));
  }

  /** The newest event that tells more than that data was copied, which is nearly always the last to happen. */
  lastEvent(): TimelineEvent | null {
    const told = this.db.select().from(eventTable).where(ne(eventTable.kind, 'copy'));
    const row = told.orderBy(desc(eventTable.seq)).limit(1).get();
    return row === undefined ? null : { at: row.at, kind: row.kind, message: row.message };
  }

  incidents(limit: number): Incident[] {
    const rows = this.db.select().from(incidentTable).orderBy(desc(incidentTable.number)).limit(limit).all();
    return rows.map((row) => row.incident);
  }

  private appendSnapshot(snapshot: Snapshot, keep: number): void {
    const { at, healthy, versions } = snapshot;
    const { seq } = this.db
      .insert(snapshotTable)
      .values({
        at,
        healthy,
        imageHash: versions?.image,
        platformHash: versions?.platform,
        customerHash: versions?.customer,
        snapshot,
      })
      .returning({ seq: snapshotTable.seq })
      .get();
    this.db
      .delete(snapshotTable)
      .where(lte(snapshotTable.seq, seq - keep))
      .run();
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
