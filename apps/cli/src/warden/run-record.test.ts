import { expect, test } from 'vitest';
import type { ProcessEntry } from '../processes/process-table.ts';
import { markedProcesses } from './run-record.ts';

function entry(pid: number, environment: string[]): ProcessEntry {
  return { pid, parent: 1, startMark: 'x', state: 'S', command: 'workerd', environment };
}

test('only processes with the mark of this very folder are ours', () => {
  const entries = [
    entry(11, ['FETTLE_FLEET=/home/me/.fettle']),
    entry(12, ['FETTLE_FLEET=/home/me/.fettle/drill']),
    entry(13, ['HOME=/home/me/.fettle']),
  ];
  expect(markedProcesses(entries, '/home/me/.fettle').map(({ pid }) => pid)).toEqual([11]);
});
