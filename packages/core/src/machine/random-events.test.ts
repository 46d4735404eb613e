/** The invariants of a machine's life under events that nobody would think of. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policy } from '../testing/builders.ts';
import { anyPolicy, happening } from '../testing/random-happenings.ts';
import { anyBeginning, Life } from '../testing/random-life.ts';
import { decide } from './decide.ts';
import type { MachineEvent } from './event.ts';

/** The same runs every time; fast-check prints the seed and the path of a run that fails. */
const SEED = 20_260_107;

describe('whatever happens to a machine', () => {
  test('the invariants hold after every step, and the events reach every corner of its life', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        anyPolicy,
        anyBeginning,
        fc.array(happening, { minLength: 60, maxLength: 250 }),
        (policy, beginning, happenings) => {
          const life = new Life(policy, beginning);
          for (const what of happenings) life.happens(what);
          for (const one of life.seen) seen.add(one);
        },
      ),
      { seed: SEED, numRuns: 3000 },
    );
    const phases = ['provisioning', 'starting', 'healthy', 'suspect', 'recovering', 'settling'];
    const ends = ['stopping', 'stopped', 'bricked', 'retired', 'destroyed'];
    const levels = ['1 healed', '1 failed', '1 skipped', '2 healed', '2 failed', '2 skipped'];
    const higher = ['3 healed', '3 failed', '3 skipped', '4 running'];
    const shadows = ['1 shadow', '2 shadow', '3 shadow'];
    const changes = ['rebuild', 'restore-work', 'evidence', 'order running', 'order done', 'order failed'];
    const domains = [
      'service',
      'version',
      'machine',
      'host',
      'provider',
      'network',
      'control-plane',
      'unknown',
    ];
    expect([...seen]).toEqual(
      expect.arrayContaining([...phases, ...ends, ...levels, ...higher, ...shadows, ...changes, ...domains]),
    );
  });

  test('an outcome that comes twice is as good as one that comes once', () => {
    fc.assert(
      fc.property(
        anyBeginning,
        fc.array(happening, { minLength: 5, maxLength: 80 }),
        (beginning, happenings) => {
          const life = new Life(policy(), beginning);
          for (const what of happenings) life.happens(what);
          const { pending } = life.record;
          fc.pre(pending !== null && pending.do !== 'observe' && pending.sends > 0);
          const event: MachineEvent = {
            type: 'finished',
            actionId: pending?.ref.id ?? '',
            outcome: { ok: true },
          };
          const input = { event, now: life.now, policy: policy() };
          const once = decide({ ...input, record: life.record });
          const twice = decide({ ...input, record: once.record });
          expect(twice.record).toEqual(once.record);
          expect(twice.actions).toEqual([]);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });
});
