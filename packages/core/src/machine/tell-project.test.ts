import { describe, expect, test } from 'vitest';
import {
  changed,
  commit,
  HOUR,
  healthyMachine,
  incident,
  inspection,
  ledgerEntry,
  MINUTE,
  ordered,
  policy,
  recovering,
  SECOND,
  T0,
  versions,
} from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';
import type { MachineRecord } from './record.ts';
import { tellProject, toldOf } from './tell-project.ts';
import type { Turn } from './turn.ts';

function told(before: MachineRecord, after: MachineRecord): MachineRecord['outbox'] {
  const turn: Turn = { record: after, now: T0, policy: policy(), facts: [] };
  tellProject(turn, before);
  return turn.record.outbox;
}

describe('the project is told', () => {
  test('the whole of what it counts with', () => {
    const before = healthyMachine({ state: { phase: 'starting', since: T0 - HOUR } });
    const after = healthyMachine();
    expect(told(before, after)).toMatchObject([{ message: changed('healthy', { word: 41 }) }]);
  });

  const OTHER = versions({ customer: commit('c') });

  test.each<[string, Partial<MachineRecord>]>([
    ['another phase', { state: { phase: 'suspect', since: T0 } }],
    ['another host', { host: 'host-2' }],
    ['that the provider says it is gone', { inspection: inspection({ state: 'absent' }) }],
    ['other versions', { versions: OTHER }],
    ['when they were first seen', { versionsSince: T0 }],
    ['that they are proven no longer', { ledger: [ledgerEntry({ state: 'broken' })] }],
    ['that it is healthy since another time', { state: { phase: 'healthy', since: T0 } }],
    ['an incident', { state: recovering() }],
    ['an order', { order: ordered() }],
  ])('%s', (_name, overrides) => {
    expect(told(healthyMachine(), healthyMachine(overrides))).toMatchObject([
      { message: { kind: 'changed' } },
    ]);
  });

  test.each<[string, Partial<MachineRecord>]>([
    ['nothing that it does not count with', { lastTickAt: T0 + HOUR, copy: { last: null, dueAt: T0 } }],
    ['no versions that only are another object', { versions: { ...versions() } }],
  ])('%s', (_name, overrides) => {
    expect(told(healthyMachine(), healthyMachine(overrides))).toEqual([]);
  });

  test('no host of a machine that is being created: it may be put on another one', () => {
    const state = { phase: 'provisioning', since: T0, actionId: null } as const;
    expect(toldOf(healthyMachine({ state })).host).toBeNull();
  });

  test('since when an incident is open, also while it settles', () => {
    const state = { phase: 'settling', since: T0, incident: incident({ openedAt: T0 - MINUTE }) } as const;
    expect(toldOf(healthyMachine({ state }))).toMatchObject({
      sick: false,
      incidentAt: T0 - MINUTE,
      healthySince: null,
    });
  });
});

describe('in the life of a machine', () => {
  test('nothing is told while it is healthy, but once that its versions are proven', () => {
    const s = new Scenario();
    s.command({ kind: 'provision' });
    s.runUntil('healthy', () => s.phase === 'healthy');
    s.runFor(SECOND);
    const before = s.told.length;
    s.runFor(HOUR);
    expect(s.told.slice(before)).toMatchObject([{ kind: 'changed', phase: 'healthy', proven: true }]);
  });

  test('its versions and since when it runs them are told with the change that brought them', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'apply-versions', refs: { customer: commit('c') }, order: null });
    const from = s.now;
    s.runFor(MINUTE);
    const last = s.told.at(-1);
    expect(last).toMatchObject({ versions: versions({ customer: commit('c') }), proven: false });
    if (last?.kind !== 'changed') throw new Error('expected a change');
    expect(last.versionsSince).toBeGreaterThan(from);
  });

  test('a machine that is gone is told to be gone', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: true });
    s.runFor(MINUTE);
    expect(s.told.findLast((one) => one.kind === 'changed')).toMatchObject({ gone: true });
  });
});
