import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy } from '../testing/builders.ts';
import { toldMachine } from '../testing/project-builders.ts';
import { GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';
import { isArrivalSick } from './blame.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const BAD = versionSet('b');
const { blame } = policy();

/** A project of ten, of which so many have come to other versions. */
function arrived(count: number, total = 10): ProjectLife {
  const life = new ProjectLife(slots(total));
  for (const slot of slots(count)) life.comesTo(slot, BAD);
  return life;
}

const isBlamed = (life: ProjectLife) => life.record.quarantines.length > 0;

describe('an incident counts against the versions', () => {
  const told = (incidentAfter: number | null, overrides = {}) =>
    toldMachine('demo.web-1.1', {
      versions: BAD,
      versionsSince: HOUR,
      incidentAt: incidentAfter === null ? null : HOUR + incidentAfter,
      ...overrides,
    });

  test.each<[string, ReturnType<typeof told>, boolean]>([
    ['opened at once', told(0), true],
    ['opened soon after they came', told(15 * MINUTE), true],
    ['opened later', told(15 * MINUTE + 1), false],
    ['opened before they came', told(-1), false],
    ['none', told(null), false],
    ['of a machine that is gone', told(MINUTE, { gone: true }), false],
    ['of a machine whose versions are not known', told(MINUTE, { versions: null }), false],
    ['of a machine that came nobody knows when', told(MINUTE, { versionsSince: null }), false],
  ])('%s', (_name, machine, expected) => {
    expect(isArrivalSick(machine, blame)).toBe(expected);
  });

  test('never, when the policy says so', () => {
    expect(isArrivalSick(told(0), { ...blame, withinMs: 0 })).toBe(false);
  });
});

describe('versions are to blame', () => {
  test.each([
    [10, 1, false],
    [10, 2, true],
    [11, 2, false],
    [20, 2, false],
    [20, 3, true],
    [2, 1, false],
    [2, 2, true],
  ])('of %i machines that came to them %i got sick: %s', (came, sick, expected) => {
    const life = arrived(came, 20);
    for (const slot of slots(sick)) life.fallsSick(slot);
    expect(isBlamed(life)).toBe(expected);
  });

  test('also when the first had gone back before the second got sick', () => {
    const life = arrived(1);
    life.fallsSick('web-1');
    life.comesTo('web-1', GOOD);
    life.getsWell('web-1');
    life.now += HOUR;
    life.comesTo('web-2', BAD);
    life.fallsSick('web-2');
    expect(isBlamed(life)).toBe(true);
  });

  test('not for one machine that got sick twice', () => {
    const life = arrived(1);
    life.fallsSick('web-1');
    life.getsWell('web-1');
    life.now += MINUTE;
    life.fallsSick('web-1');
    expect(isBlamed(life)).toBe(false);
  });

  test('not by a machine that was well with them for the bake time since', () => {
    const life = arrived(3);
    life.fallsSick('web-1');
    life.getsWell('web-1');
    life.now += 5 * MINUTE;
    life.tell('web-1', { proven: true });
    life.fallsSick('web-2');
    expect(isBlamed(life)).toBe(false);
  });

  test('not when those that run others are sick as often', () => {
    const life = arrived(5);
    for (const slot of ['web-6', 'web-7', 'web-8']) life.fallsSick(slot);
    for (const slot of ['web-1', 'web-2', 'web-3']) life.fallsSick(slot);
    expect(isBlamed(life)).toBe(false);
  });

  test('when others are sick too, and much more seldom', () => {
    const life = arrived(5);
    life.fallsSick('web-6');
    for (const slot of ['web-1', 'web-2', 'web-3']) life.fallsSick(slot);
    expect(isBlamed(life)).toBe(true);
  });

  test('each of two, when a commit is bad with two images', () => {
    const life = arrived(3);
    for (const slot of ['web-4', 'web-5', 'web-6']) life.comesTo(slot, { ...BAD, image: 'image-2' });
    for (const slot of slots(6)) life.fallsSick(slot);
    expect(life.record.quarantines.map(({ versions }) => versions.image)).toEqual(['image-1', 'image-2']);
  });

  test('not while there is nothing else to go to; and as soon as there is', () => {
    const life = arrived(3);
    life.record = { ...life.record, proven: [] };
    const { proven } = arrived(3).record;
    for (const slot of slots(3)) life.fallsSick(slot);
    expect(isBlamed(life)).toBe(false);
    life.record = { ...life.record, proven };
    life.tell('web-9', { proven: true });
    expect(isBlamed(life)).toBe(true);
  });

  test('not for a sickness of two days ago', () => {
    const life = arrived(1);
    life.fallsSick('web-1');
    life.comesTo('web-1', GOOD);
    life.getsWell('web-1');
    life.now += 48 * HOUR;
    life.comesTo('web-2', BAD);
    life.fallsSick('web-2');
    expect(isBlamed(life)).toBe(false);
    expect(life.record.sickened).toHaveLength(1);
  });
});
