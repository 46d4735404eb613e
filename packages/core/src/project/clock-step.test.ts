import { describe, expect, test } from 'vitest';
import { commit, HOUR, MINUTE, SECOND, T0 } from '../testing/builders.ts';
import {
  after,
  applied,
  changed,
  decideOn,
  gaveUp,
  permitAsked,
  running,
} from '../testing/project-builders.ts';
import { customerTarget, ProjectLife, versionSet } from '../testing/project-life.ts';
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

  test('that went back lets nothing of versions lie in the future, nor a wave last longer', () => {
    const life = new ProjectLife(['web-1', 'web-2']);
    life.do({ type: 'pinned', slot: 'web-2', reason: 'look' });
    life.comesTo('web-2', versionSet('b'));
    life.fallsSick('web-2');
    life.do({ type: 'quarantined', versions: versionSet('b'), reason: 'bad' });
    life.ask(customerTarget(commit('c')));
    const clock = T0 - 3 * HOUR;
    const { record, wakeAt } = decideOn(life.record, { type: 'woke' }, clock);
    const [told] = record.told.filter(({ incidentAt }) => incidentAt !== null);
    expect(told).toMatchObject({ versionsSince: clock, incidentAt: clock });
    expect(record).toMatchObject({
      rollout: { startedAt: clock, waves: [{ startedAt: clock }] },
      quarantines: [{ since: clock }],
      pins: [{ since: clock }],
      sickened: [{ at: clock }],
      proven: [{ provenAt: clock, lastSeenAt: clock }],
      incidents: [{ openedAt: clock }],
    });
    expect(wakeAt).toBe(clock + 20 * MINUTE);
  });

  test('is remembered only with what changed', () => {
    expect(decideOn(sick, { type: 'woke' }, T0 + HOUR).record).toBe(sick);
    expect(decideOn(sick, permitAsked('demo.web-1.1'), T0 + HOUR).record.decidedAt).toBe(T0 + HOUR);
  });
});
