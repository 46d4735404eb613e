import { describe, expect, test } from 'vitest';
import { T0, incident, levelTry, machineView, projectView, versions } from '../../test/builders.ts';
import {
  FLEET_COLUMNS,
  fleetLines,
  fleetRow,
  formatVersions,
  isFleetHealthy,
  machinesBesides,
  modeNote,
  shortImage,
  type FleetLine,
} from './fleet-rows.ts';

const identity = (machineId: string) => ({ ...machineView().identity, machineId });

const cells = (line: FleetLine) =>
  Object.fromEntries(fleetRow(line).map((cell, index) => [FLEET_COLUMNS[index], cell]));

const heldFor = (reason: 'storm-guard' | 'shadow-mode') =>
  incident({ held: { reason, message: 'for a reason', since: T0 } });

describe('the row of a slot', () => {
  test('shows machine, phase, versions, level and last event', () => {
    const [line] = fleetLines(projectView(), [machineView()]);
    expect(fleetRow(line!)).toEqual([
      'web-1',
      'demo.web-1.1',
      'healthy',
      '1m00s',
      '-',
      '-',
      'p:1111111 c:2222222',
      '2s',
      '4 ms',
      'starting -> healthy: all checks pass',
    ]);
  });

  test('marks a machine that the slot does not lead to yet', () => {
    const plan = {
      slot: 'web-1',
      kind: 'substitute' as const,
      step: 'await-healthy' as const,
      oldMachineId: 'demo.web-1.1',
      newMachineId: 'demo.web-1.2',
      copy: null,
      startedAt: T0,
      message: '',
    };
    const slots = [
      {
        slot: 'web-1',
        machineId: null,
        phase: null,
        machines: ['demo.web-1.2', 'demo.web-1.1'],
        versions: null,
        plan,
      },
    ];
    const [line] = fleetLines(projectView({ slots }), []);
    expect(fleetRow(line!).slice(0, 3)).toEqual(['web-1', '(demo.web-1.2)', 'new']);
  });

  test('never shows as fine what is out of date', () => {
    const [line] = fleetLines(projectView(), [machineView({ stale: true, lastCheckAt: T0 - 200_000 })]);
    expect(cells(line!)).toMatchObject({ phase: 'unknown (was healthy)', checked: '3m20s (old)' });
  });

  test.each([
    ['where the failure lies', { diagnosis: { domain: 'version' as const, message: '' } }, 'version'],
    ['why nothing is done', { incident: heldFor('storm-guard') }, 'held: storm-guard'],
    ['that the policy only watches', { incident: heldFor('shadow-mode') }, 'service (shadow mode)'],
    [
      'that a level was only watched',
      { incident: incident({ tries: [levelTry({ outcome: 'shadow' })] }) },
      'service (shadow mode)',
    ],
    [
      'what would hold a level that is only watched',
      { incident: { ...heldFor('storm-guard'), tries: [levelTry({ outcome: 'shadow' })] } },
      'held: storm-guard (shadow mode)',
    ],
  ])('tells %s', (_, overrides, trouble) => {
    const [line] = fleetLines(projectView(), [machineView(overrides)]);
    expect(cells(line!).trouble).toBe(trouble);
  });
});

test('machines that stand for no slot are listed besides, destroyed ones are not', () => {
  const lines = fleetLines(projectView(), [machineView()]);
  const old = machineView({ identity: identity('demo.web-1.7'), phase: 'retired' });
  const gone = machineView({ identity: identity('demo.web-1.6'), phase: 'destroyed' });
  expect(machinesBesides(lines, [machineView(), old, gone])).toEqual([old]);
});

describe('a fleet is healthy', () => {
  const isHealthy = (overrides: Parameters<typeof machineView>[0], since = T0 - 10_000) =>
    isFleetHealthy(fleetLines(projectView(), [machineView(overrides)]), since);

  test('when a check since then found every machine healthy', () => {
    expect(isHealthy({})).toBe(true);
  });

  test.each([
    ['a check of before the start says nothing', { lastCheckAt: T0 - 20_000 }],
    ['a machine was never checked', { lastCheckAt: null }],
    ['the last check could not tell', { verdict: { health: 'unknown' as const, findings: [] } }],
    ['the last check is too old to be shown as true', { stale: true }],
    ['an incident has just been healed', { phase: 'settling' as const }],
  ])('but not when %s', (_, overrides) => {
    expect(isHealthy(overrides)).toBe(false);
  });

  test('but not while a slot leads to no machine', () => {
    const slots = [{ ...projectView().slots[0]!, machineId: null }];
    expect(isFleetHealthy(fleetLines(projectView({ slots }), [machineView()]), 0)).toBe(false);
  });
});

test('versions and images are shown in short', () => {
  expect(formatVersions(versions({ customer: 'abc'.padEnd(40, '0') }))).toBe('p:1111111 c:abc0000');
  expect(formatVersions(null)).toBe('-');
  expect(shortImage('sha256:0123456789abcdef')).toBe('0123456789ab');
});

test('a project in shadow mode says so in capitals; one that acts says nothing', () => {
  const { policy } = projectView();
  expect(modeNote(projectView())).toBe('');
  expect(modeNote(projectView({ policy: { ...policy, mode: 'shadow' } }))).toMatch(/^SHADOW MODE/);
});
