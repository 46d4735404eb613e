import { MachineView } from '@fettle/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  healthyMachine,
  HOUR,
  incident,
  inspection,
  levelTry,
  machine,
  pending,
  policy,
  recovering,
  report,
  SECOND,
  sickMachine,
  T0,
  verdict,
  versions,
} from '../testing/builders.ts';
import type { MachineRecord } from './record.ts';
import { isOverdue, isStale, machineView } from './view.ts';

function view(record: MachineRecord, now = T0) {
  return machineView({ record, policy: policy(), lastEvent: null, now });
}

describe('the view of a machine', () => {
  test.each([
    ['new', machine()],
    ['healthy', healthyMachine()],
    ['sick', sickMachine()],
  ])('is what the wire expects, for a machine that is %s', (_name, record) => {
    const shown = view(record);
    expect(v.parse(MachineView, shown)).toEqual(shown);
  });

  test('shows what is known', () => {
    expect(view(healthyMachine())).toMatchObject({
      phase: 'healthy',
      phaseSince: T0 - HOUR,
      desired: 'running',
      verdict: { health: 'healthy' },
      versions: versions(),
      resources: report().resources,
      provider: inspection(),
      incident: null,
      level: null,
      lastReportAt: T0,
      lastCheckAt: T0,
      nextWakeAt: T0 + 30 * SECOND,
      stale: false,
      now: T0,
    });
  });

  test('shows nothing that is not known', () => {
    expect(view(machine())).toMatchObject({
      verdict: null,
      versions: null,
      resources: null,
      provider: null,
      lastReportAt: null,
      lastCheckAt: null,
      nextWakeAt: null,
    });
  });

  test('shows the level that is tried', () => {
    const tries = [levelTry(), levelTry({ level: 2, outcome: 'running', reason: null, endedAt: null })];
    const state = recovering({ incident: incident({ tries }), attempt: attempt({ level: 2 }) });
    expect(view(sickMachine({ state }))).toMatchObject({ level: 2, incident: { tries } });
  });

  test('shows an incident and no level while its success settles', () => {
    const open = incident({ tries: [levelTry({ outcome: 'healed' })], healedAt: T0, healedBy: 1 });
    const state = { phase: 'settling', since: T0, incident: open } as const;
    expect(view(healthyMachine({ state }))).toMatchObject({ level: null, incident: { healedBy: 1 } });
  });

  test('shows the last event as it is given', () => {
    const lastEvent = { at: T0, kind: 'note', message: 'hello' } as const;
    const shown = machineView({ record: healthyMachine(), policy: policy(), lastEvent, now: T0 });
    expect(shown.lastEvent).toEqual(lastEvent);
  });
});

describe('what is shown is stale', () => {
  test.each([
    [90 * SECOND, false],
    [90 * SECOND + 1, true],
  ])('when the last check was %i ms ago: %s', (age, stale) => {
    expect(isStale(healthyMachine(), policy(), T0 + age)).toBe(stale);
  });

  test('when no check was ever made since the phase began', () => {
    const record = machine({ state: { phase: 'provisioning', since: T0, actionId: null } });
    expect(isStale(record, policy(), T0 + 80 * SECOND)).toBe(false);
    expect(isStale(record, policy(), T0 + 91 * SECOND)).toBe(true);
  });

  test('never, for a machine that nobody has to look at', () => {
    expect(isStale(machine(), policy(), T0 + HOUR)).toBe(false);
    const stopped = healthyMachine({ state: { phase: 'stopped', since: T0 } });
    expect(isStale(stopped, policy(), T0 + HOUR)).toBe(false);
  });
});

describe('an alarm is overdue', () => {
  test.each([
    [120 * SECOND, false],
    [120 * SECOND + 1, true],
  ])('%i ms after the last check, which is due every 30 s: %s', (age, overdue) => {
    expect(isOverdue(healthyMachine(), policy(), T0 + age)).toBe(overdue);
  });

  test('also when what is due is a send', () => {
    const record = healthyMachine({ pending: pending({ do: 'copy' }) });
    expect(isOverdue(record, policy(), T0 + 60 * SECOND)).toBe(false);
    expect(isOverdue(record, policy(), T0 + 92 * SECOND)).toBe(true);
  });

  test('never, when nothing is due', () => {
    expect(isOverdue(machine(), policy(), T0 + HOUR)).toBe(false);
  });

  test('is not what a sick verdict means', () => {
    expect(isOverdue(healthyMachine({ verdict: verdict('unhealthy') }), policy(), T0)).toBe(false);
  });
});
