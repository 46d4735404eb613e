import { describe, expect, test } from 'vitest';
import { MINUTE, policy, T0 } from '../testing/builders.ts';
import { judgePermit, stormMessage, type StormInput } from './storm-guard.ts';

const { stormGuard: guard } = policy();
const ids = (count: number) => Array.from({ length: count }, (_, index) => `demo.web-${index}.1`);

function judge(overrides: Partial<StormInput>) {
  return judgePermit({
    machineId: 'demo.web-0.1',
    total: 10,
    sick: [],
    permits: [],
    guard,
    now: T0,
    ...overrides,
  });
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

describe('a permit', () => {
  test('is granted to a single sick machine, for as long as the policy says', () => {
    expect(judge({})).toEqual({ granted: true, expiresAt: T0 + 10 * MINUTE });
  });

  test('is refused in a storm', () => {
    expect(judge({ sick: ids(5) })).toMatchObject({ granted: false });
  });

  test('counts the machine that asks as sick, once', () => {
    expect(judge({ sick: ids(4) })).toMatchObject({ granted: true });
    expect(judge({ sick: ids(4), machineId: 'demo.web-9.1' })).toMatchObject({ granted: false });
  });

  test('is refused while another machine is being worked on', () => {
    const permits = [{ machineId: 'demo.web-1.1', expiresAt: T0 + 1 }];
    expect(judge({ permits })).toEqual({
      granted: false,
      message: 'demo.web-1.1 is being worked on; at most 1 at a time',
    });
  });

  test('is granted when the other one’s has lapsed', () => {
    expect(judge({ permits: [{ machineId: 'demo.web-1.1', expiresAt: T0 }] })).toMatchObject({
      granted: true,
    });
  });

  test('is granted again to the machine that holds it', () => {
    const permits = [{ machineId: 'demo.web-0.1', expiresAt: T0 + 1 }];
    expect(judge({ permits })).toEqual({ granted: true, expiresAt: T0 + 10 * MINUTE });
  });

  test.each([
    [10, 1],
    [19, 1],
    [20, 2],
    [35, 3],
  ])('in a fleet of %i is given to %i at a time', (total, most) => {
    const others = ids(40)
      .slice(1)
      .map((machineId) => ({ machineId, expiresAt: T0 + 1 }));
    expect(judge({ total, permits: others.slice(0, most - 1) })).toMatchObject({ granted: true });
    expect(judge({ total, permits: others.slice(0, most) })).toMatchObject({ granted: false });
  });

  test('says who are being worked on', () => {
    const permits = ['demo.web-1.1', 'demo.web-2.1'].map((machineId) => ({ machineId, expiresAt: T0 + 1 }));
    expect(judge({ total: 20, permits })).toMatchObject({
      message: 'demo.web-1.1, demo.web-2.1 are being worked on; at most 2 at a time',
    });
  });
});
