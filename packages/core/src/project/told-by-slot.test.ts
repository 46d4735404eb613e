import { describe, expect, test } from 'vitest';
import { after, changed, decideOn, gaveUp, permitAsked, running } from '../testing/project-builders.ts';
import { T0 } from '../testing/builders.ts';
import { toldBySlot } from './told-by-slot.ts';

const OLD = 'demo.web-1.1';
const NEW = 'demo.web-1.2';

/** A project whose first slot has given up a machine that was gone, and whose replacement is gone too. */
function twiceGone(slots: string[]) {
  return after(
    running(slots),
    changed(OLD, 'recovering', { gone: true }),
    changed(OLD, 'bricked', { gone: true }),
    gaveUp(OLD),
    changed(NEW, 'recovering', { gone: true }),
  );
}

describe('a slot with a machine that was given up, and its replacement', () => {
  test('counts once, as the worse of both', () => {
    const record = after(twiceGone(['web-1', 'web-2']), changed(NEW, 'starting'));
    const told = toldBySlot(record, null);
    expect(told.map((one) => [one.sick, one.gone])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test('counts as the one that asks', () => {
    expect(toldBySlot(twiceGone(['web-1']), NEW)).toMatchObject([{ machineId: NEW }]);
  });

  test('is not held for ever by the one that is given up already', () => {
    const asked = permitAsked(NEW, { level: 4, step: '1/4/1', gone: true });
    expect(decideOn(twiceGone(['web-1']), asked, T0).permit).toMatchObject({ granted: true });
  });
});
