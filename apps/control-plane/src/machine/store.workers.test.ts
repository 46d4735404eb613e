import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { env } from '../../test/in-workerd.ts';
import { migrate } from '../storage/migrate.ts';
import { machineMigrations } from './schema.ts';
import { MachineStore } from './store.ts';

test('an old database gets the new migrations once, and keeps its rows', async () => {
  await runInDurableObject(env.MACHINES.getByName('migrated.web-1.1'), (_, state) => {
    const { sql } = state.storage;
    sql.exec("INSERT INTO event (at, kind, message) VALUES (1, 'note', 'from before')");
    const release = [
      ...machineMigrations,
      {
        number: 1000,
        statements: ["ALTER TABLE event ADD COLUMN colour TEXT DEFAULT 'red'", 'CREATE TABLE extra (id)'],
      },
    ];
    migrate(state.storage, release);
    migrate(state.storage, release);
    expect(sql.exec('SELECT message, colour FROM event').toArray()).toEqual([
      { message: 'from before', colour: 'red' },
    ]);
    expect(new MachineStore(state.storage).events(10)).toEqual([
      { at: 1, kind: 'note', message: 'from before' },
    ]);
  });
});

test('a migration that fails half-way leaves nothing behind', async () => {
  await runInDurableObject(env.MACHINES.getByName('migrated.web-2.1'), (_, state) => {
    const { sql } = state.storage;
    const before = sql.exec('SELECT number FROM migrations').toArray();
    const bad = [
      { number: 1000, statements: ['CREATE TABLE half (id)', 'ALTER TABLE nowhere ADD COLUMN x'] },
    ];
    expect(() => migrate(state.storage, bad)).toThrow('no such table');
    expect(sql.exec('SELECT number FROM migrations').toArray()).toEqual(before);
    expect(sql.exec("SELECT name FROM sqlite_master WHERE name = 'half'").toArray()).toEqual([]);
  });
});

test('history is bounded by the policy, and long messages are cut', async () => {
  const stub = env.MACHINES.getByName('bounded.web-1.1');
  await runInDurableObject(stub, (_, state) => {
    const store = new MachineStore(state.storage);
    const history = { snapshots: 10, events: 12, incidents: 3 };
    for (let at = 1; at <= 30; at++) {
      store.keep(
        [
          { kind: 'event', event: { at, kind: 'note', message: 'x'.repeat(5000) } },
          {
            kind: 'snapshot',
            snapshot: {
              at,
              phase: 'healthy',
              healthy: true,
              verdict: { health: 'healthy', findings: [] },
              versions: null,
              services: [],
              resources: null,
              evidence: {
                provider: 'running',
                diskPresent: true,
                exitCode: null,
                memoryKilled: false,
                routes: [],
                pidnapAnswers: null,
                daemonAnswers: null,
                reportedAt: null,
              },
            },
          },
        ],
        history,
      );
    }
    const rows = (table: string) => state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one().n;
    expect([rows('event'), rows('snapshot')]).toEqual([12, 10]);
    expect(store.events(500).map((event) => event.at)).toEqual([
      30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
    ]);
    expect(store.snapshots(1)[0]?.at).toBe(30);
    expect(store.events(1)[0]?.message.length).toBeLessThanOrEqual(1000);
  });
});

test('the last event is one that tells something, not the copy that followed it', async () => {
  await runInDurableObject(env.MACHINES.getByName('told.web-1.1'), (_, state) => {
    const store = new MachineStore(state.storage);
    expect(store.lastEvent()).toBeNull();
    const history = { snapshots: 10, events: 10, incidents: 3 };
    const event = (at: number, kind: 'phase' | 'copy') => ({
      kind: 'event' as const,
      event: { at, kind, message: kind },
    });
    store.keep([event(1, 'phase'), event(2, 'copy'), event(3, 'copy')], history);
    expect(store.lastEvent()).toEqual({ at: 1, kind: 'phase', message: 'phase' });
  });
});
