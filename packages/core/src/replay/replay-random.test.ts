/** A replay is only worth as much as its likeness to what happened: any past is decided again as it was. */
import type { Phase } from '@fettle/contract';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MINUTE, SECOND, policy } from '../testing/builders.ts';
import { recorded } from '../testing/recorded.ts';
import { Scenario } from '../testing/scenario.ts';
import { replay } from './replay.ts';
import { walk } from './walk.ts';

const HAPPENINGS = {
  'a service fails': (s: Scenario) => s.machine.fail('web'),
  'a service hangs': (s: Scenario) => void s.machine.hung.add('web'),
  'the daemon hangs': (s: Scenario) => void s.machine.hung.add('daemon'),
  'pidnap hangs': (s: Scenario) => void s.machine.hung.add('pidnap').add('daemon').add('web'),
  'restarts fail': (s: Scenario) => void s.machine.fails.add('restart'),
  'restarts work again': (s: Scenario) => void s.machine.fails.clear(),
  'the host is away': (s: Scenario) => {
    s.machine.hostReachable = false;
  },
  'the host is back': (s: Scenario) => {
    s.machine.hostReachable = true;
  },
  'we are away': (s: Scenario) => s.away(15 * MINUTE),
  'somebody stops it': (s: Scenario) => s.command({ kind: 'stop' }),
  'somebody starts it': (s: Scenario) => s.command({ kind: 'start' }),
  'somebody restarts it': (s: Scenario) => s.command({ kind: 'restart' }),
  'it gets well by itself': (s: Scenario) => s.machine.crash('web'),
};

const past = fc.array(
  fc.record({
    what: fc.constantFrom(...(Object.keys(HAPPENINGS) as (keyof typeof HAPPENINGS)[])),
    afterMs: fc.integer({ min: 1, max: 900 }).map((count) => count * SECOND),
  }),
  { minLength: 1, maxLength: 8 },
);

test('whatever happened, the recorded policy decides it again', () => {
  fc.assert(
    fc.property(past, (happenings) => {
      const s = Scenario.healthy(policy());
      for (const { what, afterMs } of happenings) {
        HAPPENINGS[what](s);
        s.runFor(afterMs);
      }
      const recording = recorded(s);
      const { agreement, counts } = replay(recording, recording.policy);
      expect(agreement.disagreements).toEqual([]);
      expect(counts.other).toEqual(counts.recorded);
      // What is left of a machine that was given up is saved at once in a replay.
      const alive = (all: { at: number; phase: Phase }[]) =>
        all.filter(({ phase }) => phase !== 'bricked').map(({ at, phase }) => ({ at, phase }));
      expect(alive(walk(recording, recording.policy).looks)).toEqual(alive(recording.snapshots));
    }),
    { seed: 20_261_127, numRuns: 40 },
  );
});
