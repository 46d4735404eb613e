import { runInDurableObject } from 'cloudflare:test';
import { Incident } from '@fettle/contract';
import { newMachineRecord, type Fact, type MachineOrigin, type Span } from '@fettle/core';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { env, policyOf } from '../../test/in-workerd.ts';
import { migrate } from '../storage/migrate.ts';
import { machineMigrations } from './schema.ts';
import { MachineStore, type Page } from './store.ts';

test('an old database gets the new migrations once, and keeps its rows', async () => {
  await runInDurableObject(env.MACHINES.getByName('migrated.web-1.1'), (_, state) => {
    const { sql } = state.storage;
    migrate(state.storage, machineMigrations);
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
    expect(new MachineStore(state.storage).events({ limit: 10 })).toEqual([
      { at: 1, kind: 'note', message: 'from before' },
    ]);
  });
});

test('a migration that fails half-way leaves nothing behind', async () => {
  await runInDurableObject(env.MACHINES.getByName('migrated.web-2.1'), (_, state) => {
    const { sql } = state.storage;
    migrate(state.storage, machineMigrations);
    const before = sql.exec('SELECT number FROM migrations').toArray();
    const bad = [
      { number: 1000, statements: ['CREATE TABLE half (id)', 'ALTER TABLE nowhere ADD COLUMN x'] },
    ];
    expect(() => migrate(state.storage, bad)).toThrow('no such table');
    expect(sql.exec('SELECT number FROM migrations').toArray()).toEqual(before);
    expect(sql.exec("SELECT name FROM sqlite_master WHERE name = 'half'").toArray()).toEqual([]);
  });
});

const FOUND: Span['found'] = {
  phase: 'healthy',
  healthy: true,
  verdict: { health: 'healthy', findings: [] },
  versions: null,
  services: [],
  evidence: {
    provider: 'running',
    diskPresent: true,
    exitCode: null,
    memoryKilled: false,
    routes: [],
    hostAnswers: true,
    pidnapAnswers: null,
    pidnapAnswersInside: null,
    daemonAnswers: null,
    reportedPidnapAnswers: true,
  },
};

/** A closed span of looks at these times. */
const span = (...times: number[]): Fact => ({
  kind: 'span',
  span: { found: FOUND, looks: times.map((at) => ({ at, reportedAt: null, resources: null })) },
});

const HISTORY = { snapshots: 10, events: 12, incidents: 3 };

test('history is bounded by the policy, and long messages are cut', async () => {
  const stub = env.MACHINES.getByName('bounded.web-1.1');
  await runInDurableObject(stub, (_, state) => {
    const store = new MachineStore(state.storage);
    for (let at = 1; at <= 30; at++) {
      store.keep(
        [{ kind: 'event', event: { at, kind: 'note', message: 'x'.repeat(5000) } }, span(at, at + 0.5)],
        HISTORY,
      );
    }
    const rows = (table: string) => state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one().n;
    expect([rows('event'), rows('span')]).toEqual([12, 5]);
    expect(store.events({ limit: 500 }).map((event) => event.at)).toEqual([
      30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
    ]);
    expect(store.events({ limit: 1 })[0]?.message.length).toBeLessThanOrEqual(1000);
  });
});

test('the past is told page by page, one snapshot for each look, the newest first', async () => {
  await runInDurableObject(env.MACHINES.getByName('paged.web-1.1'), (_, state) => {
    const store = new MachineStore(state.storage);
    const event = (at: number): Fact => ({ kind: 'event', event: { at, kind: 'note', message: `${at}` } });
    store.keep([span(1, 2, 3), span(4, 5), event(1), event(2), event(3)], HISTORY);
    const times = (page: Page) => store.snapshots(page).map(({ at }) => at);
    expect(times({ limit: 50 })).toEqual([5, 4, 3, 2, 1]);
    expect(times({ limit: 2 })).toEqual([5, 4]);
    expect(times({ limit: 2, before: 4 })).toEqual([3, 2]);
    expect(times({ limit: 2, before: 2 })).toEqual([1]);
    expect(store.events({ limit: 5, before: 3 }).map(({ at }) => at)).toEqual([2, 1]);
  });
});

test('what was stored by an earlier release is read with the values of what it did not know', async () => {
  await runInDurableObject(env.MACHINES.getByName('old.web-1.1'), (_, state) => {
    migrate(state.storage, machineMigrations.slice(0, 1));
    const { span: _span, lag: _lag, ...old } = newMachineRecord(ORIGIN, 5);
    const policy = { check: { intervalMs: 700 } };
    state.storage.sql.exec(
      'INSERT INTO machine VALUES (1, ?, ?)',
      JSON.stringify({ ...old, incidents: 3 }),
      JSON.stringify(policy),
    );
    const kept = new MachineStore(state.storage).load();
    expect(kept?.record).toEqual({ ...newMachineRecord(ORIGIN, 5), incidents: 3 });
    expect(kept?.policy).toMatchObject({ mode: 'act', check: { intervalMs: 700, unhealthyAfter: 3 } });
  });
});

test('a record from before versions were proven is gone on with', async () => {
  await runInDurableObject(env.MACHINES.getByName('old.web-3.1'), (_, state) => {
    migrate(state.storage, machineMigrations.slice(0, 2));
    const {
      initialImage: _image,
      regions: _regions,
      versionsSince: _since,
      fleet: _fleet,
      ...old
    } = newMachineRecord(ORIGIN, 5);
    const { order: _order, ...record } = {
      ...old,
      commands: [{ kind: 'apply-versions', refs: { customer: 'main' } }],
      outbox: [
        { id: 'a', sends: 0, nextSendAt: 7, message: { kind: 'bricked', incident: EARLIER_INCIDENT } },
      ],
    };
    state.storage.sql.exec('INSERT INTO machine VALUES (1, ?, ?)', JSON.stringify(record), '{}');
    const store = new MachineStore(state.storage);
    const { outbox, ...kept } = store.load()?.record ?? { outbox: [] };
    const { outbox: _outbox, ...fresh } = newMachineRecord(ORIGIN, 5);
    expect(kept).toEqual({
      ...fresh,
      commands: [{ kind: 'apply-versions', refs: { customer: 'main' }, order: null }],
    });
    expect(outbox).toMatchObject([
      { message: { kind: 'bricked', image: null, copyAgeMs: null, incident: { evidence: [] } } },
    ]);
    expect(store.evidence()).toEqual([]);
  });
});

test('an incident that an earlier release opened is one that can be told and gone on with', async () => {
  await runInDurableObject(env.MACHINES.getByName('old.web-2.1'), (_, state) => {
    migrate(state.storage, machineMigrations.slice(0, 1));
    const record = {
      ...newMachineRecord(ORIGIN, 5),
      state: {
        phase: 'recovering',
        since: 7,
        incident: EARLIER_INCIDENT,
        attempt: null,
        permit: { expiresAt: 9 },
        askAgainAt: 8,
      },
      pending: { do: 'request-permit', level: 2, ref: {}, createdAt: 7, sends: 1, nextSendAt: 8 },
      outbox: [
        { id: 'a', sends: 0, nextSendAt: 7, message: { kind: 'changed', phase: 'recovering', sick: true } },
      ],
    };
    const { sql } = state.storage;
    sql.exec(
      'INSERT INTO machine VALUES (1, ?, ?)',
      JSON.stringify(record),
      JSON.stringify({ check: { intervalMs: 700 } }),
    );
    sql.exec('INSERT INTO incident VALUES (1, ?)', JSON.stringify(EARLIER_INCIDENT));
    const store = new MachineStore(state.storage);
    const kept = store.load();
    expect(store.incidents({ limit: 1 }).every((one) => v.is(Incident, one))).toBe(true);
    expect(store.incidents({ limit: 1 })).toMatchObject([{ number: 1, cause: [], held: null }]);
    expect(kept?.record).toMatchObject({
      state: { phase: 'recovering', permit: null, incident: store.incidents({ limit: 1 })[0] },
      pending: null,
      outbox: [{ id: 'a', message: { phase: 'recovering', sick: true, word: 0, host: null, gone: false } }],
    });
  });
});

test('what a later release has migrated is read by this one, after a way back', async () => {
  await runInDurableObject(env.MACHINES.getByName('later.web-1.1'), (_, state) => {
    const store = new MachineStore(state.storage);
    expect(store.load()).toBeNull();
    store.saveAll({ record: newMachineRecord(ORIGIN, 5), policy: policyOf({}) });
    state.storage.sql.exec('INSERT INTO migrations (number, at) VALUES (1000, 1)');
    expect(new MachineStore(state.storage).load()?.record).toEqual(newMachineRecord(ORIGIN, 5));
  });
});

test('a database that cannot be read is an error, never a machine that does not exist', async () => {
  await runInDurableObject(env.MACHINES.getByName('broken.web-1.1'), (_, state) => {
    new MachineStore(state.storage).load();
    state.storage.sql.exec('ALTER TABLE machine RENAME COLUMN record TO lost');
    expect(() => new MachineStore(state.storage).load()).toThrow('record');
  });
});

/** As it was before it was told where a failure lies; held for a reason that there is no more. */
const EARLIER_INCIDENT = {
  number: 1,
  firstFailedAt: 6,
  openedAt: 7,
  cause: [],
  tries: [],
  held: { reason: 'provider-unknown', message: 'The provider does not answer', since: 7 },
  healedAt: null,
  closedAt: null,
  outcome: null,
  healedBy: null,
};

const ORIGIN: MachineOrigin = {
  identity: {
    machineId: 'old.web-1.1',
    organization: 'acme',
    project: 'old',
    slot: 'web-1',
    generation: 1,
    type: 'local-docker',
  },
  services: [],
  limits: { memoryMb: 1, cpus: 1, pids: 1 },
  initialVersions: { platform: 'main' },
  initialImage: null,
  regions: [],
  restoreCopyId: null,
};

test('the last event is one that tells something, not the copy that followed it', async () => {
  await runInDurableObject(env.MACHINES.getByName('told.web-1.1'), (_, state) => {
    const store = new MachineStore(state.storage);
    expect(store.lastEvent()).toBeNull();
    const event = (at: number, kind: 'phase' | 'copy') => ({
      kind: 'event' as const,
      event: { at, kind, message: kind },
    });
    store.keep([event(1, 'phase'), event(2, 'copy'), event(3, 'copy')], HISTORY);
    expect(store.lastEvent()).toEqual({ at: 1, kind: 'phase', message: 'phase' });
  });
});
