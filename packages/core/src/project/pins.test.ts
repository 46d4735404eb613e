import { describe, expect, test } from 'vitest';
import { after, decideOn, oneMoreCommand, running } from '../testing/project-builders.ts';

const pin = (slot: string, reason = 'demo on Friday') => ({ type: 'pinned' as const, slot, reason });
const unpin = (slot: string) => ({ type: 'unpinned' as const, slot });

describe('a pin', () => {
  test('is kept with its reason, and told', () => {
    const { record, notices } = decideOn(running(['web-1', 'web-2']), pin('web-1'));
    expect(record.pins).toMatchObject([{ slot: 'web-1', reason: 'demo on Friday' }]);
    expect(notices).toMatchObject([
      { kind: 'pinned', slot: 'web-1', message: 'web-1 stays on what it runs: demo on Friday' },
    ]);
  });

  test('again changes nothing; with another reason it has that', () => {
    const record = after(running(), pin('web-1'));
    expect(after(record, pin('web-1'))).toEqual(oneMoreCommand(record));
    expect(after(record, pin('web-1', 'still')).pins).toMatchObject([{ reason: 'still' }]);
  });

  test('is taken away, once', () => {
    const record = after(running(), pin('web-1'), unpin('web-1'));
    expect(record.pins).toEqual([]);
    const again = decideOn(record, unpin('web-1'));
    expect(again).toMatchObject({ notices: [], refused: null });
  });

  test.each([pin('web-9'), unpin('web-9')])('of a slot that does not exist is refused: $type', (event) => {
    const { record, refused } = decideOn(running(), event);
    expect(refused).toEqual({ code: 'SLOT_NOT_FOUND', message: 'There is no slot web-9' });
    expect(record).toEqual(running());
  });
});
