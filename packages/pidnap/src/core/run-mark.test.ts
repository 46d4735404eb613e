import { describe, expect, it } from 'vitest';
import { isSameRun, markToVariables, readMarks, readMarksFromText, type RunMark } from './run-mark.ts';

const WEB: RunMark = { instanceId: 'a', name: 'web', run: 3 };
const reader = (variables: Record<string, string>) => (name: string) => variables[name];
const text = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
const nothing = reader({});

describe('the mark of a run', () => {
  it('is three variables', () => {
    expect(markToVariables(WEB, nothing)).toEqual({
      PIDNAP_INSTANCE: 'a',
      PIDNAP_PROCESS: 'web',
      PIDNAP_RUN: '3',
    });
  });

  it('is read from an environment as it was written', () => {
    expect(readMarks(reader(markToVariables(WEB, nothing)))).toEqual([WEB]);
    expect(readMarksFromText(text({ PATH: '/bin', ...markToVariables(WEB, nothing), Z: '' }))).toEqual([WEB]);
  });

  it('of a pidnap within a pidnap within a pidnap names all three, innermost first', () => {
    const shop: RunMark = { instanceId: 'b', name: 'shop', run: 1 };
    const cart: RunMark = { instanceId: 'c', name: 'cart', run: 9 };
    const outer = markToVariables(WEB, nothing);
    const middle = markToVariables(shop, reader(outer));
    const inner = markToVariables(cart, reader(middle));
    expect(readMarksFromText(text(inner))).toEqual([cart, shop, WEB]);
    expect(inner['PIDNAP_OUTER']).toBe('a/web/3 b/shop/1');
  });

  it('does not name its own pidnap as an outer one: started again from a shell that it supervises', () => {
    const terminal = markToVariables({ ...WEB, name: 'terminal' }, nothing);
    expect(markToVariables(WEB, reader(terminal))).toEqual(markToVariables(WEB, nothing));
  });

  it.each([
    ['an empty environment', ''],
    ['no mark', 'PATH=/bin\0HOME=/\0'],
    ['a mark of which a part is missing', 'PIDNAP_INSTANCE=a\0PIDNAP_PROCESS=web\0'],
    ['a run that is no number', 'PIDNAP_INSTANCE=a\0PIDNAP_PROCESS=web\0PIDNAP_RUN=x\0'],
    ['a variable whose name ends the same', 'XPIDNAP_INSTANCE=a\0PIDNAP_PROCESS=web\0PIDNAP_RUN=1\0'],
    ['a variable whose value looks like one', 'A=PIDNAP_INSTANCE=a\0PIDNAP_PROCESS=web\0PIDNAP_RUN=1\0'],
  ])('is not read from %s', (_what, environ) => {
    expect(readMarksFromText(environ)).toEqual([]);
  });

  it('is read where the last entry has no end and the first has the mark', () => {
    expect(readMarksFromText('PIDNAP_INSTANCE=a\0PIDNAP_PROCESS=web\0PIDNAP_RUN=3')).toEqual([WEB]);
  });

  it('leaves out what is broken among the outer marks', () => {
    const variables = { ...markToVariables(WEB, nothing), PIDNAP_OUTER: 'x x/y  b/shop/1 /y/2 x/y/z' };
    expect(readMarks(reader(variables))).toEqual([WEB, { instanceId: 'b', name: 'shop', run: 1 }]);
  });

  it('is the same only with the same pidnap, process and run', () => {
    expect(isSameRun(WEB, { ...WEB })).toBe(true);
    for (const change of [{ instanceId: 'b' }, { name: 'db' }, { run: 4 }])
      expect(isSameRun(WEB, { ...WEB, ...change })).toBe(false);
  });
});
