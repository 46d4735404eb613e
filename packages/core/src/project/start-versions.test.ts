import { describe, expect, test } from 'vitest';
import { applied, config, gaveUp, permitAsked } from '../testing/project-builders.ts';
import { GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';

const slots = (count: number) => Array.from({ length: count }, (_, index) => `web-${index + 1}`);
const BAD = versionSet('b');
const quarantine = { type: 'quarantined', versions: BAD, reason: 'loses mail' } as const;
const lift = { type: 'quarantine-lifted', versions: BAD, reason: 'it was the database' } as const;

describe('when nothing else is proven', () => {
  /** A project whose first versions are bad, as a person has found. */
  function neverWell(): ProjectLife {
    const life = new ProjectLife(slots(3));
    life.record = { ...life.record, proven: [] };
    for (const slot of slots(3)) life.comesTo(slot, BAD);
    life.record = { ...life.record, proven: [] };
    for (const slot of ['web-1', 'web-2']) life.fallsSick(slot);
    life.do(quarantine);
    life.wake();
    return life;
  }

  test('that is said, and nobody is changed', () => {
    const life = neverWell();
    expect(life.record.incidents[0]?.message).toContain('Nothing else is proven in this project');
    expect(life.record.rollout).toBeNull();
  });

  test('higher levels go on', () => {
    const life = neverWell();
    expect(life.do(permitAsked('demo.web-1.1', { level: 3, versions: BAD })).permit).toMatchObject({
      granted: true,
    });
  });

  test('a slot waits for a person rather than start with them', () => {
    const life = neverWell();
    const refs = { platform: BAD.platform, customer: BAD.customer };
    life.do({
      type: 'applied',
      config: config({
        slots: slots(3),
        template: { ...life.record.template, versions: { platform: 'main', customer: 'main' } },
      }),
    });
    life.do(gaveUp('demo.web-1.1', { versions: refs, image: BAD.image }));
    expect(life.record.plans).toMatchObject([{ slot: 'web-1', step: 'parked' }]);
    expect(life.notices.at(-1)?.message).toContain('All versions that it could start with are quarantined');
    life.do(lift);
    life.wake();
    expect(life.record.plans).toMatchObject([{ slot: 'web-1', step: 'await-healthy' }]);
  });
});

describe('what a project asks new machines to start with', () => {
  test('may not be quarantined', () => {
    const life = new ProjectLife(slots(2));
    life.comesTo('web-1', BAD);
    life.do(quarantine);
    const template = {
      ...life.record.template,
      versions: { platform: BAD.platform, customer: BAD.customer },
    };
    const { refused, record } = life.do({ type: 'applied', config: config({ slots: slots(3), template }) });
    expect(refused?.code).toBe('QUARANTINED');
    expect(record.slots).toHaveLength(2);
  });

  test('may stay as it is when it is quarantined by now: new slots start with what is proven', () => {
    const template = { ...applied().template, versions: { platform: BAD.platform, customer: BAD.customer } };
    const life = new ProjectLife(slots(2));
    life.do({ type: 'applied', config: config({ slots: slots(2), template }) });
    life.comesTo('web-1', BAD);
    life.do(quarantine);
    const again = config({ slots: slots(3), template });
    const { refused, record } = life.do({ type: 'applied', config: again });
    expect(refused).toBeNull();
    expect(record.plans).toMatchObject([{ slot: 'web-3', versions: { customer: GOOD.customer } }]);
    life.record = { ...life.record, proven: [] };
    const more = { ...again, slots: slots(4) };
    expect(life.do({ type: 'applied', config: more }).refused?.code).toBe('QUARANTINED');
  });

  test('may not be of another type', () => {
    const record = applied(slots(2));
    const template = { ...record.template, type: 'fly' as const };
    const life = new ProjectLife(slots(2));
    expect(life.do({ type: 'applied', config: config({ slots: slots(3), template }) }).refused).toEqual({
      code: 'CONFLICT',
      message: 'template.type is local-docker for the life of the project, not fly',
    });
  });

  test('is what is proven, as long as a branch could lead to quarantined versions', () => {
    const life = new ProjectLife(slots(2));
    life.comesTo('web-1', BAD);
    life.do(quarantine);
    life.do({ type: 'applied', config: config({ slots: slots(3) }) });
    expect(life.record.pending).toContainEqual(
      expect.objectContaining({
        do: 'provision',
        versions: { platform: GOOD.platform, customer: GOOD.customer },
        image: GOOD.image,
      }),
    );
  });

  test('is changed for machines that were not asked for yet', () => {
    const life = new ProjectLife(slots(2));
    life.comesTo('web-1', BAD);
    const versions = { platform: BAD.platform, customer: BAD.customer };
    life.do({
      type: 'applied',
      config: config({ slots: slots(3), template: { ...life.record.template, versions } }),
    });
    life.do(quarantine);
    expect(life.record.pending).toContainEqual(
      expect.objectContaining({
        do: 'provision',
        versions: { platform: GOOD.platform, customer: GOOD.customer },
      }),
    );
  });
});
