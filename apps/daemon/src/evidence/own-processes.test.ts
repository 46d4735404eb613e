import { describe, expect, test } from 'vitest';
import { ownProcesses, parseProcess, type ProcessRow } from './own-processes.ts';

function row(overrides: Partial<ProcessRow>): ProcessRow {
  return {
    pid: 10,
    parent: 1,
    command: 'x',
    state: 'S (sleeping)',
    memoryMb: 1,
    marked: false,
    ...overrides,
  };
}

const pids = (rows: ProcessRow[]) => rows.map(({ pid }) => pid);
const BOOT = 'node /opt/runtime.cjs boot --root /machine';

describe('the processes of a machine', () => {
  test('are all but the one that looks where its supervisor is the first one', () => {
    const rows = [
      row({ pid: 1, parent: 0, command: BOOT }),
      row({ pid: 7 }),
      row({ pid: 8, parent: 0 }),
      row({ pid: 9, parent: 8 }),
    ];
    expect(pids(ownProcesses(rows, { root: '/machine', self: 8 }))).toEqual([1, 7]);
  });

  test('are its supervisor, what is marked, and what these have started, on a host', () => {
    const rows = [
      row({ pid: 1, parent: 0, command: '/sbin/init' }),
      row({ pid: 20, command: BOOT }),
      row({ pid: 23, parent: 22 }),
      row({ pid: 22, parent: 20 }),
      row({ pid: 30, marked: true }),
      row({ pid: 31, parent: 30 }),
      row({ pid: 40, command: 'somebody else’s' }),
      row({ pid: 41, command: `${BOOT}-of-another` }),
    ];
    expect(pids(ownProcesses(rows, { root: '/machine', self: 31 }))).toEqual([20, 23, 22, 30]);
  });
});

describe('a process', () => {
  const status = 'Name:\tnode\nState:\tS (sleeping)\nPPid:\t7\nVmRSS:\t   52480 kB\n';

  test('is read from the texts of /proc', () => {
    const texts = { status, cmdline: 'node\0server.mjs\0', environ: 'A=1\0HOME=/machine/home\0' };
    expect(parseProcess(9, texts, ['HOME=/machine/home'])).toEqual({
      pid: 9,
      parent: 7,
      command: 'node server.mjs',
      state: 'S (sleeping)',
      memoryMb: 51.3,
      marked: true,
    });
  });

  test('without a command line has its name, and is nobody’s when its environment cannot be read', () => {
    const parsed = parseProcess(9, { status, cmdline: '', environ: null }, ['A=1']);
    expect(parsed).toMatchObject({ command: '[node]', marked: false });
  });

  test('that has ended is none', () => {
    expect(parseProcess(9, { status: null, cmdline: null, environ: null }, [])).toBeNull();
  });
});
