import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, SECOND, T0 } from '../testing/builders.ts';
import {
  after,
  applied,
  changed,
  decideOn,
  gaveUp,
  permitAsked,
  running,
} from '../testing/project-builders.ts';
import { onProjectClock } from './clock-step.ts';

const sick = after(running(['web-1', 'web-2']), changed('demo.web-1.1', 'recovering'));

describe('the clock of a project', () => {
  test.each([
    [SECOND, T0 + SECOND],
    [0, T0],
    [-MINUTE, T0],
  ])('that shows %i ms more decides at %i', (ms, expected) => {
    expect(onProjectClock(sick, T0 + ms)).toEqual({ record: sick, now: expected });
  });

  test('that went back leaves no lease that is longer than one', () => {
    const granted = decideOn(sick, permitAsked('demo.web-1.1')).record;
    const back = decideOn(granted, { type: 'woke' }, T0 - HOUR).record;
    expect(back.permits).toMatchObject([{ expiresAt: T0 - HOUR + 10 * MINUTE }]);
    expect(back.spent).toMatchObject([{ at: T0 - HOUR }]);
  });

  test('that went back does not keep an action from being sent', () => {
    const sent = decideOn(applied(), { type: 'woke' }).record;
    const { wakeAt } = decideOn(sent, { type: 'woke' }, T0 - HOUR);
    expect((wakeAt ?? Infinity) - (T0 - HOUR)).toBeLessThanOrEqual(MINUTE);
  });

  test('that went back delays a clean-up by no more than that, and never hastens it', () => {
    const replaced = after(running(), gaveUp('demo.web-1.1'), changed('demo.web-1.2', 'healthy'));
    const back = decideOn(replaced, { type: 'woke' }, T0 - HOUR).record;
    expect(back.retired).toMatchObject([{ retiredAt: T0 - HOUR, cleanUpAt: T0 + 3 * HOUR }]);
  });

  test('that went back leaves what a person allowed as long as it was to last', () => {
    const event = { type: 'guard-overridden' as const, forMs: 10 * MINUTE, reason: 'I looked' };
    const back = decideOn(decideOn(sick, event).record, { type: 'woke' }, T0 - HOUR).record;
    expect(back.guardOverride?.until).toBe(T0 - HOUR + 10 * MINUTE);
  });

  test('is remembered only with what changed', () => {
    expect(decideOn(sick, { type: 'woke' }, T0 + HOUR).record).toBe(sick);
    expect(decideOn(sick, permitAsked('demo.web-1.1'), T0 + HOUR).record.decidedAt).toBe(T0 + HOUR);
  });
});
