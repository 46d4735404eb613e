import { describe, expect, test } from 'vitest';
import { HOUR } from '../testing/builders.ts';
import { GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';

const NEXT = versionSet('b');
const customers = (life: ProjectLife) => life.record.proven.map(({ versions }) => versions.customer[0]);

describe('versions are proven in a project', () => {
  test('once a machine says so of what it runs and is well with', () => {
    const life = new ProjectLife(['web-1', 'web-2']);
    const { now } = life;
    expect(life.record.proven).toEqual([
      { versions: GOOD, provenAt: now, lastSeenAt: now, slots: ['web-1', 'web-2'] },
    ]);
  });

  test.each([
    ['it has not proven them', { proven: false }],
    ['it is suspect', { proven: true, sick: true }],
    ['its incident is open', { proven: true, incidentAt: 1 }],
    ['it is not healthy', { proven: true, healthySince: null }],
    ['nobody knows what it runs', { proven: true, versions: null }],
  ])('not while %s', (_name, told) => {
    const life = new ProjectLife(['web-1']);
    life.comesTo('web-1', NEXT);
    life.tell('web-1', told);
    expect(customers(life)).toEqual(['a']);
  });

  test('and were last seen when the machine left them', () => {
    const life = new ProjectLife(['web-1']);
    life.now += HOUR;
    life.comesTo('web-1', NEXT);
    expect(life.record.proven).toMatchObject([{ versions: GOOD, lastSeenAt: life.now }]);
  });

  test('the newer the later they were seen; what is in use is newer than what is not', () => {
    const life = new ProjectLife(['web-1', 'web-2']);
    life.now += HOUR;
    life.comesTo('web-1', NEXT);
    life.tell('web-1', { proven: true });
    expect(customers(life)).toEqual(['b', 'a']);
    life.now += HOUR;
    // The other slot tells something of no importance.
    life.tell('web-2', { host: 'host-2' });
    expect(customers(life)).toEqual(['b', 'a']);
    life.comesTo('web-1', GOOD);
    life.tell('web-1', { proven: true });
    expect(customers(life)).toEqual(['a', 'b']);
  });

  test('as many as anybody goes back to', () => {
    const life = new ProjectLife(['web-1']);
    for (let number = 100; number < 130; number++) {
      life.now += HOUR;
      life.comesTo('web-1', versionSet(String(number)));
      life.tell('web-1', { proven: true });
    }
    expect(life.record.proven).toHaveLength(12);
    expect(life.record.proven[0]?.versions).toEqual(versionSet('129'));
  });
});
