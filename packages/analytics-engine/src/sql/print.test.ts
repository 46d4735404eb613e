import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { print } from './print.ts';
import type { Expression } from './syntax.ts';
import { anyExpression } from './testing/any-expression.ts';

function parse(text: string): Expression {
  return parseExpression(new Cursor(text));
}

describe('print', () => {
  it('gives text that reads as the same tree', () => {
    fc.assert(
      fc.property(anyExpression, (expression) => {
        expect(parse(print(expression))).toEqual(expression);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["IF(blob1='seeking', blob3, NULL)", `if("blob1" = 'seeking', "blob3", NULL)`],
    ['MAX(blob5)', 'max("blob5")'],
    ["formatdatetime(toStartOfDay(timestamp), '%Y')", `formatDateTime(toStartOfDay("timestamp"), '%Y')`],
    ['CONCAT(blob1)', 'CONCAT("blob1")'],
    ['count(*)', 'count(*)'],
    ['(a + b) * c - (d - e)', '("a" + "b") * "c" - ("d" - "e")'],
    ['((a + b)) + c', '"a" + "b" + "c"'],
    ['NOT (a AND b) OR c', 'NOT ("a" AND "b") OR "c"'],
    ['- -a', '-(-"a")'],
    ['a != b', '"a" <> "b"'],
    ["INTERVAL '07' day", "INTERVAL '7' DAY"],
    ['quantileExactWeighted(.5)(x, w)', 'quantileExactWeighted(0.5)("x", "w")'],
  ])('prints %s as production does: %s', (text, printed) => {
    expect(print(parse(text))).toBe(printed);
  });
});
