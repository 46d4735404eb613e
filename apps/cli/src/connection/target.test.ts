import { describe, expect, test } from 'vitest';
import { CliFailure, EXIT } from '../failure.ts';
import { parseTarget, slotOf } from './target.ts';

describe('a target', () => {
  test.each([
    ['web-1', { kind: 'slot', project: 'demo', slot: 'web-1' }],
    ['shop/web-1', { kind: 'slot', project: 'shop', slot: 'web-1' }],
    ['shop.web-1.12', { kind: 'machine', machineId: 'shop.web-1.12' }],
  ])('%s is understood', (text, target) => {
    expect(parseTarget(text, 'demo')).toEqual(target);
  });

  test.each(['', 'Web-1', 'a/b/c', '/web-1', 'web-1/', 'shop.web-1.0', 'shop.web-1', '--json', '1web'])(
    '"%s" is refused with the three forms that there are',
    (text) => {
      expect(() => parseTarget(text, 'demo')).toThrow(CliFailure);
      expect(failureOf(() => parseTarget(text, 'demo'))).toMatchObject({
        exitCode: EXIT.usage,
        hint: expect.stringContaining('demo/web-1'),
      });
    },
  );
});

test('the slot of a machine can be read from its id', () => {
  expect(slotOf('shop.web-1.12')).toEqual({ project: 'shop', slot: 'web-1', generation: 12 });
});

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
