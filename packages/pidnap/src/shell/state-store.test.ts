import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProcessDefinition } from '../contract/definition.ts';
import type { PastRun } from '../core/history.ts';
import { createRecord, type ProcessRecord } from '../core/record.ts';
import { KEPT_RUNS, StateStore, type Change } from './state-store.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-state-'));
  path = join(dir, 'state.jsonl');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

const T0 = 5_000;
const record = (name: string, more: Partial<ProcessRecord> = {}): ProcessRecord => ({
  ...createRecord({ name, definition: { autostart: true }, jitterSeed: 7, now: T0 }),
  ...more,
});
const saved = (name: string, more?: Partial<ProcessRecord>): Change => ({
  record: record(name, more),
  definitionDigest: `digest of ${name}`,
});
const run = (number: number): PastRun => ({
  run: number,
  pid: 100 + number,
  queuedAt: T0,
  startedAt: T0 + 1,
  healthyAt: T0 + 2,
  stoppedAt: T0 + 3,
  exitCode: 1,
  signal: null,
  oomKilled: false,
  message: 'exited with code 1',
});
const definition = v.parse(ProcessDefinition, {
  command: 'sleep 5',
  cwd: '/',
  dependsOn: [{ process: 'db' }],
});

function loaded() {
  const store = new StateStore(dir);
  return { store, state: store.load() };
}

/** What the next pidnap finds after these changes. */
function stateAfter(...changes: Change[]) {
  const { store } = loaded();
  store.append(changes, { durable: false });
  store.close();
  return loaded().state;
}

describe('a state directory', () => {
  it('is empty at first, and has a name from then on', () => {
    const { state } = loaded();
    expect(state).toEqual({
      instanceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      lastBoot: null,
      orderly: false,
      overrides: {},
      records: {},
      runs: {},
    });
    expect(loaded().state).toEqual(state);
    rmSync(path);
    expect(loaded().state.instanceId).not.toBe(state.instanceId);
  });

  it('remembers the newest record of each process, with the digest it was made under', () => {
    const { records } = stateAfter(saved('web'), saved('db'), saved('web', { runs: 2 }));
    expect(records).toEqual({
      web: { record: record('web', { runs: 2 }), definitionDigest: 'digest of web' },
      db: { record: record('db'), definitionDigest: 'digest of db' },
    });
  });

  it('remembers definitions that came through the API, defaults and all, until they do not stand any more', () => {
    const added: Change = { override: 'job', value: { baseDigest: null, definition } };
    const removed: Change = { override: 'web', value: { baseDigest: 'abc', definition: null } };
    expect(stateAfter(added, removed).overrides).toEqual({
      job: { baseDigest: null, definition },
      web: { baseDigest: 'abc', definition: null },
    });
    expect(stateAfter({ override: 'job', value: null }).overrides).toEqual({
      web: { baseDigest: 'abc', definition: null },
    });
  });

  it('remembers the last twenty runs of a process, oldest first', () => {
    const runs = Array.from({ length: 25 }, (_, index) => run(index + 1));
    const state = stateAfter(...runs.map((entry) => ({ run: 'web', entry })), { run: 'db', entry: run(1) });
    expect(state.runs).toEqual({ web: runs.slice(-KEPT_RUNS), db: [run(1)] });
  });

  it('remembers a run that was told twice once, as it was told last', () => {
    const again = { ...run(2), message: 'again' };
    const { runs } = stateAfter(...[run(1), run(2), again].map((entry) => ({ run: 'web', entry })));
    expect(runs).toEqual({ web: [run(1), again] });
  });

  it('forgets record and runs of a process, not what the API said about it', () => {
    const gone: Change = { override: 'web', value: { baseDigest: 'abc', definition: null } };
    const state = stateAfter(saved('web'), { run: 'web', entry: run(1) }, gone, { forget: 'web' });
    expect(state).toMatchObject({ records: {}, runs: {}, overrides: { web: gone.value } });
  });

  it('knows the last boot, and whether it ended as it should', () => {
    expect(stateAfter({ boot: { bootKey: 'one', wallOffset: 9 } })).toMatchObject({
      lastBoot: { bootKey: 'one', wallOffset: 9 },
      orderly: false,
    });
    expect(stateAfter({ stopped: 'orderly' })).toMatchObject({
      lastBoot: { bootKey: 'one', wallOffset: 9 },
      orderly: true,
    });
    expect(stateAfter({ boot: { bootKey: 'two', wallOffset: 9 } })).toMatchObject({
      lastBoot: { bootKey: 'two', wallOffset: 9 },
      orderly: false,
    });
  });

  it('says the same after its file was compacted', async () => {
    const before = stateAfter(
      { boot: { bootKey: 'one', wallOffset: 9 } },
      { stopped: 'orderly' },
      { override: 'job', value: { baseDigest: null, definition } },
      { run: 'web', entry: run(1) },
      saved('web'),
    );
    const { store } = loaded();
    const message = 'x'.repeat(10_000);
    for (let runs = 0; runs < 110; runs++) store.append([saved('db', { runs, message })], { durable: false });
    await nextTurn();
    expect(statSync(path).size).toBeLessThan(100_000);
    const { records, ...rest } = loaded().state;
    expect(records).toMatchObject({ ...before.records, db: { record: { runs: 109 } } });
    expect({ ...rest, records: before.records }).toEqual(before);
  });

  it('gives a state that stays as it was loaded', () => {
    const { store, state } = loaded();
    const before = structuredClone(state);
    store.append([saved('web'), { run: 'web', entry: run(1) }, { boot: { bootKey: 'one', wallOffset: 9 } }], {
      durable: true,
    });
    expect(state).toEqual(before);
  });
});

describe('a file of another version', () => {
  it('is kept, told of, and begun anew under a new name', () => {
    const heard = vi.spyOn(console, 'error').mockImplementation(() => {});
    const before = stateAfter(saved('web'));
    const newer = readFileSync(path, 'utf8').replace('"version":2', '"version":3');
    writeFileSync(path, newer);
    const { state } = loaded();
    expect(state.records).toEqual({});
    expect(state.instanceId).not.toBe(before.instanceId);
    expect(readFileSync(`${path}.broken`, 'utf8')).toBe(newer);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(loaded().state.instanceId).toBe(state.instanceId);
  });

  it.each([
    ['a record of another version', { record: { ...record('web'), version: 1 }, definitionDigest: '' }],
    ['a definition that is none', { override: 'web', value: { baseDigest: null, definition: {} } }],
    ['a change of an unknown kind', { paint: 'web' }],
  ])('loses %s alone', (_what, line) => {
    const heard = vi.spyOn(console, 'error').mockImplementation(() => {});
    stateAfter(saved('db'));
    appendFileSync(path, `${JSON.stringify(line)}\n`);
    expect(Object.keys(loaded().state.records)).toEqual(['db']);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
