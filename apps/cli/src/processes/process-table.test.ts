import { expect, test } from 'vitest';
import { descendants, parsePs, parseStat, type ProcessEntry } from './process-table.ts';

function entry(pid: number, parent: number, overrides: Partial<ProcessEntry> = {}): ProcessEntry {
  return { pid, parent, startMark: String(pid), state: 'S', command: 'node', environment: [], ...overrides };
}

test('a program whose name holds spaces and parentheses is read like any other', () => {
  const fields = ['T', '7', ...Array.from({ length: 17 }, (_, index) => String(index)), '4711'];
  expect(parseStat(`42 (a b) c) ${fields.join(' ')} 0 0`)).toEqual({
    pid: 42,
    parent: 7,
    state: 'T',
    startMark: '4711',
  });
});

test('what is no stat line is nobody', () => {
  expect(parseStat('')).toBeNull();
});

test('lines of ps are understood with their environment; ended processes are left out', () => {
  const text = [
    '  501   1 Ss   Mon Jan  5 09:00:00 2026 node main.ts HOME=/root FETTLE_FLEET=/tmp/f',
    '  502 501 Z    Mon Jan  5 09:00:01 2026 (node)',
  ].join('\n');
  expect(parsePs(text)).toEqual([
    {
      pid: 501,
      parent: 1,
      state: 'S',
      startMark: 'Mon Jan  5 09:00:00 2026',
      command: 'node main.ts HOME=/root FETTLE_FLEET=/tmp/f',
      environment: ['HOME=/root', 'FETTLE_FLEET=/tmp/f'],
    },
  ]);
});

test('everything below a process is found, parents before children, and nothing beside it', () => {
  const entries = [entry(4, 3), entry(3, 2), entry(2, 1), entry(9, 1)];
  expect(descendants(entries, 2).map(({ pid }) => pid)).toEqual([2, 3, 4]);
  expect(descendants(entries, 77)).toEqual([]);
});
