import { describe, expect, test } from 'vitest';
import type { ServiceState } from '@fettle/contract';
import {
  commit,
  healthyMachine,
  incident,
  machine,
  report,
  SECOND,
  service,
  sickMachine,
  T0,
  versions,
} from '../testing/builders.ts';
import { decideOn } from '../testing/deciding.ts';
import { looksBad } from './on-reported.ts';
import type { MachineRecord, MachineState } from './record.ts';

const NOW = T0 + 10 * SECOND;
const bad = report({ seq: 2, services: [service('daemon'), service('web', { state: 'failed' })] });

function reported(record: MachineRecord, given = report({ seq: 2 }), now = NOW) {
  return decideOn(record, { type: 'reported', report: given }, { now });
}

describe('a report', () => {
  test('is kept with the time at which it came, by our clock', () => {
    const given = report({ seq: 2, sentAt: T0 - 999_999 });
    expect(reported(healthyMachine(), given).record.report).toEqual({ receivedAt: NOW, report: given });
  });

  test('on which all is well changes nothing else', () => {
    const record = healthyMachine();
    const after = reported(record).record;
    expect({ ...after, report: null }).toEqual({ ...record, report: null });
  });

  test.each<[string, ReturnType<typeof report>]>([
    ['a service is down', bad],
    ['pidnap does not answer', report({ seq: 2, pidnapAnswers: false })],
    ['other versions run', report({ seq: 2, versions: versions({ customer: commit('c') }) })],
  ])('brings the next look forward when %s', (_name, given) => {
    expect(reported(healthyMachine(), given).wakeAt).toBe(NOW + 1);
  });

  test('without versions says nothing about them', () => {
    expect(reported(healthyMachine(), report({ seq: 2, versions: null })).wakeAt).toBe(T0 + 30 * SECOND);
  });

  test('does not let one machine wake its object more often than every quarter of an interval', () => {
    const now = T0 + 2 * SECOND;
    expect(reported(healthyMachine(), bad, now).wakeAt).toBe(T0 + 7500);
  });

  test('never puts a look off', () => {
    const check = { ...healthyMachine().check, dueAt: NOW + 1, startedAt: NOW - 1 };
    expect(reported(healthyMachine({ check }), bad).record.check.dueAt).toBe(NOW + 1);
  });

  test('brings the next look forward in any phase but healthy: it may be well again', () => {
    expect(reported(sickMachine()).wakeAt).toBe(NOW + 1);
  });

  test.each<MachineState>([
    { phase: 'new', since: T0 },
    { phase: 'stopped', since: T0 },
  ])('is only kept when the machine is $phase', (state) => {
    const record = machine({ state });
    const { record: after } = reported(record, bad);
    expect(after.check).toEqual(record.check);
    expect(after.report).not.toBeNull();
  });

  test.each<MachineState>([
    {
      phase: 'bricked',
      since: T0,
      incident: incident(),
      salvage: { step: 'done', actionId: null, until: T0 },
    },
    { phase: 'retired', since: T0, actionId: null, settled: true },
    { phase: 'destroyed', since: T0 },
  ])('of a machine that is $phase is not even kept', (state) => {
    const record = machine({ state });
    expect(reported(record).record).toEqual(record);
  });
});

describe('reports that overtake each other', () => {
  const newest = healthyMachine({ report: { receivedAt: T0, report: report({ seq: 5 }) } });

  test.each([
    ['an older one', 4],
    ['the same one', 5],
  ])('%s of the same daemon is dropped, and does not make old news look fresh', (_name, seq) => {
    expect(reported(newest, report({ seq, pidnapAnswers: false })).record).toEqual(newest);
  });

  test('a newer one is taken', () => {
    expect(reported(newest, report({ seq: 6 })).record.report?.receivedAt).toBe(NOW);
  });

  test('one of a daemon that started anew is taken, whatever it counts', () => {
    expect(reported(newest, report({ bootId: 'boot-2', seq: 1 })).record.report?.receivedAt).toBe(NOW);
  });
});

describe('looksBad', () => {
  test.each<[ServiceState, boolean]>([
    ['running', false],
    ['pending', true],
    ['blocked', true],
    ['starting', true],
    ['stopping', true],
    ['backing-off', true],
    ['scheduled', true],
    ['stopped', true],
    ['completed', true],
    ['failed', true],
  ])('with a service that is %s: %s', (state, expected) => {
    expect(looksBad(report({ services: [service('web', { state })] }))).toBe(expected);
  });

  test.each([
    ['healthy', false],
    ['unknown', false],
    ['unhealthy', true],
  ] as const)('with a service whose check says %s: %s', (health, expected) => {
    expect(looksBad(report({ services: [service('web', { health })] }))).toBe(expected);
  });

  test('without pidnap: true', () => {
    expect(looksBad(report({ pidnapAnswers: false }))).toBe(true);
  });
});
