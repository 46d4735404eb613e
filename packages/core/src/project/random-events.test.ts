/** The invariants of a project under events that come twice, late, from strangers, or not at all. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policy } from '../testing/builders.ts';
import { changed, gaveUp } from '../testing/project-builders.ts';
import { RandomFleet } from '../testing/random-fleet.ts';
import { happening, SLOTS } from '../testing/random-project.ts';
import { activeRollout } from './rollout/state.ts';

const SEED = 20_260_107;
const long = fc.array(happening, { minLength: 20, maxLength: 120 });

describe('whatever happens to a project', () => {
  test('a slot leads to at most one machine, never to one that was given up, and each is asked for once', () => {
    fc.assert(
      fc.property(long, (happenings) => {
        const fleet = new RandomFleet();
        for (const what of happenings) fleet.happens(what);
        expect(new Set(fleet.provisioned).size).toBe(fleet.provisioned.length);
        expect(fleet.provisioned.length - SLOTS.length).toBeLessThanOrEqual(fleet.givenUp.size);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('substitutions of one slot stay within their budget', () => {
    fc.assert(
      fc.property(long, (happenings) => {
        const fleet = new RandomFleet();
        for (const what of happenings.filter((one) => one.kind !== 'policy')) {
          fleet.happens(what);
          const { max, withinMs } = fleet.record.policy.budgets.substitutions;
          for (const name of SLOTS) {
            const recent = fleet.record.substitutions.filter(
              (one) => one.slot === name && fleet.now - one.at < withinMs,
            );
            expect(recent.length).toBeLessThanOrEqual(max);
          }
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('once machines do as they are told, every slot that anybody knows to be empty is filled, and every plan and rollout ends', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 5, maxLength: 80 }), (happenings) => {
        const fleet = new RandomFleet();
        for (const what of happenings) fleet.happens(what);
        fleet.decide({ type: 'policy-set', policy: policy() });
        // Where all that is known to work is quarantined, a person has to decide first.
        for (const { versions } of fleet.record.quarantines)
          fleet.decide({ type: 'quarantine-lifted', versions, reason: 'looked' });
        for (const { slot, machines } of fleet.record.slots) {
          const newest = machines[0] ?? '';
          const plan = fleet.record.plans.find((one) => one.slot === slot);
          if (fleet.givenUp.has(newest)) fleet.decide(gaveUp(newest, { copy: null }));
          else if (plan?.newMachineId === newest) fleet.decide(changed(newest, 'healthy', { word: 1e6 }));
        }
        fleet.settle();
        expect(fleet.record.plans).toEqual([]);
        expect(fleet.record.pending).toEqual([]);
        expect(fleet.record.retired).toEqual([]);
        expect(fleet.record.slots.every((slot) => slot.machineId !== null)).toBe(true);
        expect(activeRollout(fleet.record)).toBeNull();
        expect(fleet.wakeAt).toBeNull();
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('the events reach every end of a rollout, and quarantine', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(long, (happenings) => {
        const fleet = new RandomFleet();
        const look = () => {
          const { rollout, quarantines, incidents } = fleet.record;
          if (rollout !== null) seen.add(`${rollout.kind} ${rollout.state}`);
          for (const { by } of quarantines) seen.add(`by ${by}`);
          if (incidents.some(({ closedAt }) => closedAt !== null)) seen.add('an incident closed');
        };
        for (const what of happenings) {
          fleet.happens(what);
          look();
        }
        fleet.settle();
        look();
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect([...seen].toSorted()).toEqual([
      'an incident closed',
      'by blame',
      'by person',
      'refresh done',
      'refresh reverted',
      'refresh reverting',
      'refresh running',
      'refresh stopped',
      'revert done',
      'revert running',
      'revert stopped',
    ]);
  });
});
