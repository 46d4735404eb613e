/** A policy without contradictions can do what a policy is for: any of them heals a machine. */
import type { PolicyInput } from '@fettle/contract';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MINUTE, policy, SECOND } from '../testing/builders.ts';
import { Scenario } from '../testing/scenario.ts';
import { lintPolicy } from './lint-policy.ts';

const seconds = (least: number, most: number): fc.Arbitrary<number> =>
  fc.integer({ min: least, max: most }).map((count) => count * SECOND);

const rung = <L extends 1 | 2 | 3 | 4>(level: L) =>
  fc.record({
    level: fc.constant(level),
    attempts: fc.integer({ min: 1, max: 3 }),
    timeoutMs: seconds(10, 600),
  });

const window = (mostMax: number) =>
  fc.record({ max: fc.integer({ min: 0, max: mostMax }), withinMs: seconds(1, 7200) });

/** Anything that a person might write, most of it contradictory. The machine of the tests needs 10 s to start. */
const anyPolicy: fc.Arbitrary<PolicyInput> = fc.record({
  check: fc.record({
    intervalMs: seconds(1, 120),
    unhealthyAfter: fc.integer({ min: 1, max: 5 }),
    goneAfter: fc.integer({ min: 1, max: 4 }),
    callTimeoutMs: seconds(1, 20),
  }),
  report: fc.record({ everyMs: seconds(1, 60), lateAfterMs: seconds(2, 240) }),
  grace: fc.record({
    serviceStartMs: seconds(0, 60),
    machineStartMs: seconds(10, 300),
    afterReturnMs: seconds(0, 300),
  }),
  ladder: fc.tuple(rung(1), rung(2), rung(3), rung(4)),
  settleMs: seconds(0, 300),
  bakeMs: seconds(0, 600),
  budgets: fc.record({ machineRestarts: window(5), actions: window(12) }),
});

const FAULTS = {
  'a service that failed': (s: Scenario) => s.machine.fail('web'),
  'a machine whose pidnap hangs': (s: Scenario) => s.machine.hung.add('pidnap').add('daemon').add('web'),
};

test.each(Object.entries(FAULTS))('%s is healed under every policy that passes', (_, breakIt) => {
  let healed = 0;
  fc.assert(
    fc.property(anyPolicy, (input) => {
      const whole = policy(input);
      fc.pre(lintPolicy(whole).length === 0);
      const s = Scenario.healthy(whole);
      // What heals it must not have to wait for a grace that began at its creation.
      s.runFor(10 * MINUTE);
      breakIt(s);
      s.runUntil('in an incident', () => s.openIncident !== null);
      s.runUntil('healthy', () => s.phase === 'healthy');
      expect(s.incidents.at(-1)?.outcome).toBe('healed');
      healed += 1;
    }),
    { seed: 20_261_126, numRuns: 25, maxSkipsPerRun: 2000 },
  );
  expect(healed).toBe(25);
});
