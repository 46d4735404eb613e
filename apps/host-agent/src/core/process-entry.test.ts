import { describe, expect, it } from 'vitest';
import {
  mainOf,
  membersOf,
  parseEnvironment,
  parsePs,
  parseStat,
  type ProcessEntry,
} from './process-entry.ts';

const MACHINE = 'demo.web-1.1';

function entry(overrides: Partial<ProcessEntry> & { pid: number }): ProcessEntry {
  return {
    parent: 1,
    group: overrides.pid,
    state: 'S',
    startMark: `${overrides.pid}00`,
    machineId: null,
    command: '',
    ...overrides,
  };
}

describe('reading what the system says', () => {
  it('reads a process whose name holds spaces and parentheses', () => {
    const fields = ['T', '7', '41', '41', ...Array.from({ length: 15 }, () => '0'), '987654', '0', '0'];
    expect(parseStat(`42 (odd) name (x) ${fields.join(' ')}`)).toEqual({
      pid: 42,
      parent: 7,
      group: 41,
      state: 'T',
      startMark: '987654',
    });
  });

  it('reads nothing from half a line', () => {
    expect(parseStat('42 (node')).toBeNull();
    expect(parseStat('')).toBeNull();
  });

  it('takes a mark only with the id of this host', () => {
    const marks = ['PATH=/bin', 'FETTLE_HOST_ID=host-a', `FETTLE_MACHINE_ID=${MACHINE}`];
    expect(parseEnvironment(marks, 'host-a')).toBe(MACHINE);
    expect(parseEnvironment(marks, 'host')).toBeNull();
    expect(parseEnvironment(marks, 'host-b')).toBeNull();
    expect(parseEnvironment(['FETTLE_HOST_ID=host-a'], 'host-a')).toBeNull();
  });

  it('reads lines of ps with environments', () => {
    const text = [
      '  501   1   501 Ss   Sun Nov 22 04:00:00 2026 /bin/zsh -l TERM=xterm',
      `  640 501   640 T    Sun Nov 22 04:01:07 2026 node runtime.cjs boot --root /d FETTLE_MACHINE_ID=${MACHINE} FETTLE_HOST_ID=h1`,
      '',
    ].join('\n');
    expect(parsePs(text, 'h1')).toMatchObject([
      { pid: 501, machineId: null },
      { pid: 640, parent: 501, state: 'T', startMark: 'Sun Nov 22 04:01:07 2026', machineId: MACHINE },
    ]);
  });
});

describe('the processes of a machine', () => {
  const main = entry({ pid: 10, machineId: MACHINE, command: 'node runtime.cjs boot --root /disk' });

  it('are the marked ones and all their descendants', () => {
    const child = entry({ pid: 11, parent: 10 });
    const grandchild = entry({ pid: 12, parent: 11 });
    const orphan = entry({ pid: 13, parent: 1, machineId: MACHINE });
    const stranger = entry({ pid: 14, parent: 1 });
    const found = membersOf([stranger, grandchild, child, orphan, main], MACHINE);
    expect(found.map(({ pid }) => pid).toSorted()).toEqual([10, 11, 12, 13]);
  });

  it('are not those of another machine that was started from inside', () => {
    const inner = entry({ pid: 20, parent: 10, machineId: 'demo.web-2.1' });
    expect(membersOf([main, inner], MACHINE)).toEqual([main]);
  });

  it('do not count when they have ended', () => {
    expect(membersOf([{ ...main, state: 'Z' }], MACHINE)).toEqual([]);
  });

  it('have the recorded one as main, a frozen one too', () => {
    const frozen = { ...main, state: 'T' };
    expect(mainOf([frozen], { pid: 10, startMark: '1000' })).toBe(frozen);
  });

  it('are recognised by the boot command when the record was lost or is of an earlier process', () => {
    const service = entry({ pid: 9, machineId: MACHINE, command: 'node server.mjs' });
    expect(mainOf([service, main], null)).toBe(main);
    expect(mainOf([service, main], { pid: 9, startMark: 'other' })).toBe(main);
    expect(mainOf([service], { pid: 10, startMark: '1000' })).toBeNull();
  });
});
