import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changed,
  commit,
  healthyMachine,
  lightObservation,
  MINUTE,
  pending,
  policy,
  report,
  SECOND,
  service,
  T0,
  versions,
} from '../testing/builders.ts';
import { decideOn } from '../testing/deciding.ts';
import { anyPolicy, happening } from '../testing/random-happenings.ts';
import { ForgetfulShell } from '../testing/forgetful-shell.ts';
import { anyBeginning, Life } from '../testing/random-life.ts';
import { commitOf, nextReportIn, REMEMBERED_MS, type Commit } from './commit.ts';
import type { MachineEvent } from './event.ts';
import type { MachineRecord } from './record.ts';

function commitFor(before: MachineRecord, event: MachineEvent, now = T0): Commit {
  return commitOf({ before, event, now, decision: decideOn(before, event, { now }) });
}

const due = (inMs: number) => ({ ...healthyMachine().check, dueAt: T0 + inMs });

describe('what comes out of the alarm', () => {
  test('is kept until the end of the run while it only asks', () => {
    expect(commitFor(healthyMachine({ check: due(0) }), { type: 'woke' })).toBe('at-the-end');
    const asked = healthyMachine({ pending: pending({ do: 'observe', depth: 'light' }) });
    const event: MachineEvent = {
      type: 'observed',
      actionId: asked.pending?.ref.id ?? '',
      observation: lightObservation(),
    };
    expect(commitFor(asked, event)).toBe('at-the-end');
  });

  test.each<[string, Partial<MachineRecord>]>([
    ['an effect', { commands: [{ kind: 'restart' }] }],
    ['a copy', { copy: { last: null, dueAt: T0 } }],
    ['a message', { outbox: [{ id: 'x/1', sends: 0, nextSendAt: T0, message: changed('healthy') }] }],
  ])('is stored before %s is sent', (_, record) => {
    expect(commitFor(healthyMachine(record), { type: 'woke' })).toBe('now');
  });
});

test('what somebody asked for is stored before they are told that it was taken', () => {
  expect(commitFor(healthyMachine(), { type: 'commanded', by: null, command: { kind: 'stop' } })).toBe('now');
});

describe('a report', () => {
  const reported = (overrides = {}): MachineEvent => ({
    type: 'reported',
    report: report({ seq: 99, ...overrides }),
  });
  const soon = healthyMachine({ check: due(REMEMBERED_MS - 1) });

  test('that says that all is as it was waits for the look that comes soon', () => {
    expect(commitFor(soon, reported())).toBe('at-the-end');
  });

  test('is stored when the next look is further away than an object is kept in memory', () => {
    expect(commitFor(healthyMachine({ check: due(REMEMBERED_MS + 1) }), reported())).toBe('now');
  });

  test.each([
    ['of a service that is down', { services: [service('web', { state: 'failed' })] }],
    ['of a supervisor that is silent', { pidnapAnswers: false }],
    ['of other versions', { versions: versions({ customer: commit('c') }) }],
  ])('%s is stored at once', (_, overrides) => {
    expect(commitFor(soon, reported(overrides))).toBe('now');
  });

  test.each<[string, Partial<MachineRecord>]>([
    ['that is not healthy', { state: { phase: 'suspect', since: T0 } }],
    ['whose versions are being changed', { change: { actionId: 'x/1', startedAt: T0 } }],
  ])('of a machine %s is stored at once', (_, record) => {
    expect(commitFor({ ...soon, ...record }, reported())).toBe('now');
  });

  test('that was overtaken changes nothing, and costs nothing', () => {
    const { record } = decideOn(soon, reported());
    expect(commitFor(record, reported({ services: [service('web', { state: 'failed' })] }))).toBe(
      'at-the-end',
    );
  });
});

describe('the next report', () => {
  const everyMs = policy().report.everyMs;
  const wait = (dueInMs: number, overrides = {}, rules = policy()) =>
    nextReportIn(healthyMachine({ check: due(dueInMs), ...overrides }), rules, T0);

  test.each([0, 3, 5, 8, 20, 25, 29])(
    'comes shortly before a check, whenever this one came: %i s before one',
    (seconds) => {
      const beforeCheck = (seconds * SECOND - wait(seconds * SECOND) + 10 * 30 * SECOND) % (30 * SECOND);
      expect(beforeCheck).toBe(5 * SECOND);
    },
  );

  test('is made two where that would be too far away', () => {
    expect(wait(14 * SECOND)).toBe(19.5 * SECOND);
    expect(wait(14 * SECOND - 19.5 * SECOND + 30 * SECOND)).toBe(19.5 * SECOND);
  });

  test('that comes as asked is followed by one in just the time of the policy', () => {
    expect(wait(5 * SECOND)).toBe(everyMs);
  });

  test('comes after the time of the policy while the machine is not healthy', () => {
    expect(wait(SECOND, { state: { phase: 'suspect', since: T0 } })).toBe(everyMs);
  });

  test('is one of several at the same distance where checks are rare', () => {
    const rules = policy({ check: { intervalMs: 10 * MINUTE } });
    expect(wait(5 * MINUTE + 5 * SECOND, {}, rules)).toBe(33_333);
  });

  test('may be lost with the object that remembered it: the one after it is not late yet', () => {
    const seconds = fc.integer({ min: 2, max: 120 });
    const lateFactor = fc.double({ min: 2, max: 4, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, fc.nat(120), lateFactor, (every, interval, dueIn, factor) => {
        const report = { everyMs: every * SECOND, lateAfterMs: Math.round(factor * every * SECOND) };
        const inMs = wait(dueIn * SECOND, {}, policy({ check: { intervalMs: interval * SECOND }, report }));
        expect(2 * inMs).toBeLessThanOrEqual(report.lateAfterMs);
        expect(inMs).toBeGreaterThanOrEqual(report.everyMs / 2);
        expect(inMs).toBeLessThanOrEqual(report.everyMs * 1.5);
      }),
      { seed: 20_261_126 },
    );
    // By default there is time left for the way here, and for what daemons deviate from what they are told.
    const waits = Array.from({ length: 31 }, (_, second) => wait(second * SECOND));
    expect(2 * Math.max(...waits) + 5 * SECOND).toBeLessThanOrEqual(policy().report.lateAfterMs);
  });
});

test('nothing with an effect leaves before it is stored, and a crash loses questions only', () => {
  fc.assert(
    fc.property(
      anyPolicy,
      anyBeginning,
      fc.array(
        fc.oneof({ weight: 6, arbitrary: happening }, { weight: 1, arbitrary: fc.constant('crash') }),
        {
          minLength: 20,
          maxLength: 120,
        },
      ),
      (rules, beginning, happenings) => {
        const life = new Life(rules, beginning);
        const shell = new ForgetfulShell(life);
        for (const what of happenings) {
          if (typeof what === 'string') shell.crash();
          else life.happens(what);
        }
        expect(shell.faults).toEqual([]);
      },
    ),
    { seed: 20_261_126, numRuns: 300 },
  );
});
