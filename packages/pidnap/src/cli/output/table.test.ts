import { describe, expect, it } from 'vitest';
import { clean, formatTable, type Column } from './table.ts';
import { PLAIN, type Terminal } from './terminal.ts';

const COLUMNS: Column[] = [{ title: 'NAME' }, { title: 'RUNS', align: 'right', spare: 1 }, { title: 'WHY' }];
const ROWS = [
  ['web', '3', 'run 3 has pid 100'],
  ['database', '12', { text: 'waits', style: 'red' as const }],
];
const narrow = (width: number): Terminal => ({ ...PLAIN, isTty: true, width });

describe('formatTable', () => {
  it('aligns columns', () => {
    expect(formatTable(COLUMNS, ROWS, PLAIN)).toBe(
      ['NAME      RUNS  WHY', 'web          3  run 3 has pid 100', 'database    12  waits'].join('\n'),
    );
  });

  it('cuts the last column where the terminal ends', () => {
    expect(formatTable(COLUMNS, ROWS, narrow(32)).split('\n')[1]).toBe('web          3  run 3 has pid 1…');
  });

  it('leaves out what can be spared before the last column gets too narrow', () => {
    expect(formatTable(COLUMNS, ROWS, narrow(28))).toBe(
      ['NAME      WHY', 'web       run 3 has pid 100', 'database  waits'].join('\n'),
    );
  });

  it('paints after the widths are known', () => {
    const painted = { ...PLAIN, paint: (style: string, text: string) => `<${style}>${text}</>` };
    expect(formatTable([{ title: 'A' }, { title: 'B' }], [[{ text: 'x', style: 'red' }, 'y']], painted)).toBe(
      '<dim>A</>  <dim>B</>\n<red>x</>  y',
    );
  });

  it('lets no text steer the terminal', () => {
    expect(clean('a\u001b[31mred\u001b[0m\nb\tc\u0007')).toBe('ared b c ');
  });
});
