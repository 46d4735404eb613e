import { describe, expect, test } from 'vitest';
import { policy, T0 } from '../testing/builders.ts';
import { toldMachine } from '../testing/project-builders.ts';
import type { ToldMachine } from './record.ts';
import { crowdAround, stormAround, stormMessage } from './storm-guard.ts';

const { stormGuard: guard } = policy();
const ids = (count: number) => Array.from({ length: count }, (_, index) => `demo.web-${index}.1`);

/** Machines of one host, the first of them sick. */
function onHost(host: string | null, count: number, sick: number): ToldMachine[] {
  return ids(count).map((id, index) => toldMachine(`${host}-${id}`, { sick: index < sick, host }));
}

describe('a storm', () => {
  test.each([
    [0, 10, false],
    [1, 1, false],
    [2, 2, false],
    [2, 3, false],
    [3, 3, true],
    [3, 10, false],
    [4, 10, false],
    [5, 10, true],
    [40, 100, false],
    [41, 100, true],
  ])('%i sick of %i: %s', (sick, total, expected) => {
    expect(stormMessage({ sick, total, guard }) !== null).toBe(expected);
  });

  test('is told in numbers', () => {
    expect(stormMessage({ sick: 3, total: 3, guard })).toBe(
      '3 of 3 machines are sick, more than 2: the cause is probably not in the machines',
    );
    expect(stormMessage({ sick: 50, total: 100, guard })).toContain(
      '50 of 100 machines are sick, more than 40',
    );
  });
});

describe('a machine that asks', () => {
  const around = (told: ToldMachine[], machineId: string, host: string | null = 'host-1') =>
    stormAround({ machineId, host, told, total: told.length, guard });

  test('counts as sick, once', () => {
    const told = onHost('host-1', 10, 4);
    expect(around(told, told[0]?.machineId ?? '')).toBeNull();
    expect(around(told, told[9]?.machineId ?? '')).toContain('5 of 10');
  });

  test('on a host whose machines are sick is held for the host’s sake', () => {
    const told = [...onHost('host-1', 5, 3), ...onHost('host-2', 15, 0)];
    expect(around(told, 'host-1-demo.web-0.1')).toBe(
      '3 of 5 machines on host-1 are sick, more than 2: the cause is probably the host',
    );
  });

  test('on another host is not', () => {
    const told = [...onHost('host-1', 5, 3), ...onHost('host-2', 15, 0)];
    expect(around(told, 'host-2-demo.web-0.1', 'host-2')).toBeNull();
  });

  test('on a host that nobody names is not held for any host’s sake', () => {
    const told = [...onHost('host-1', 5, 3), ...onHost(null, 15, 0)];
    expect(around(told, 'null-demo.web-0.1', null)).toBeNull();
  });

  test.each([
    [2, 2],
    [2, 5],
  ])('may be among %i sick of %i on its host', (sick, count) => {
    const told = [...onHost('host-1', count, sick), ...onHost('host-2', 10, 0)];
    expect(around(told, 'host-1-demo.web-0.1')).toBeNull();
  });

  test('in a project with one host is held with the project, not sooner', () => {
    expect(around(onHost('host-1', 10, 4), 'host-1-demo.web-0.1')).toBeNull();
    expect(around(onHost('host-1', 10, 5), 'host-1-demo.web-0.1')).toContain('not in the machines');
  });

  test('is held wherever it is when most of the project is sick', () => {
    const told = [...onHost('host-1', 6, 6), ...onHost('host-2', 6, 0)];
    expect(around(told, 'host-2-demo.web-0.1', 'host-2')).toContain('7 of 12 machines are sick');
  });
});

describe('the number of machines that are worked on', () => {
  const permits = (count: number, host: string | null = 'host-1') =>
    ids(count).map((id) => ({
      machineId: `${host}-${id}`,
      level: 3 as const,
      host,
      expiresAt: T0,
    }));
  const crowd = (total: number, given: ReturnType<typeof permits>, host: string | null = 'host-1') =>
    crowdAround({ machineId: 'demo.mine.1', host, total, permits: given, guard });

  test.each([
    [1, 1],
    [10, 1],
    [19, 1],
    [20, 2],
    [35, 3],
  ])('in a fleet of %i is %i', (total, most) => {
    expect(crowd(total, permits(most - 1, null))).toBeNull();
    expect(crowd(total, permits(most, null))).not.toBeNull();
  });

  test('does not count the one that asks', () => {
    const mine = { machineId: 'demo.mine.1', level: 3 as const, host: 'host-1', expiresAt: T0 };
    expect(crowd(1, [mine])).toBeNull();
  });

  test('on one host is two, however large the fleet', () => {
    expect(crowd(1000, permits(1))).toBeNull();
    expect(crowd(1000, permits(2))).toBe(
      'host-1-demo.web-0.1, host-1-demo.web-1.1 are being worked on; at most 2 at a time on host-1',
    );
    expect(crowd(1000, permits(2), 'host-2')).toBeNull();
    expect(crowd(1000, permits(2, null), null)).toBeNull();
  });

  test('says who it is', () => {
    expect(crowd(10, permits(1))).toBe('host-1-demo.web-0.1 is being worked on; at most 1 at a time');
  });
});
