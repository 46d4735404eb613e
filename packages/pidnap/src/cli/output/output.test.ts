import { describe, expect, it } from 'vitest';
import type { LogLine, ProcessView } from '../../contract.ts';
import { T0, definition } from '../../../test/builders.ts';
import { formatCommand, formatDetails } from './details.ts';
import { formatEvent } from './event-line.ts';
import { createLogFormat } from './log-line.ts';
import { formatReload } from './reload.ts';
import { formatRuns } from './runs.ts';
import { formatStatus } from './status.ts';
import { PLAIN } from './terminal.ts';
import { formatDuration, formatShortDuration } from './time.ts';

function view(overrides: Partial<ProcessView> = {}): ProcessView {
  return {
    name: 'web',
    state: 'running',
    stateSince: T0,
    reason: 'spawned',
    message: 'run 1 has pid 100',
    desired: 'up',
    health: { status: 'unknown', failures: 0, checkedAt: null, message: '' },
    pid: 100,
    runs: 1,
    restarts: 0,
    exitCode: null,
    signal: null,
    oomKilled: false,
    queuedAt: T0,
    startedAt: T0,
    healthyAt: T0,
    stoppedAt: null,
    durationMs: 5000,
    nextStartAt: null,
    skippedRuns: 0,
    killAt: null,
    blockedOn: [],
    source: 'config',
    definition: definition(),
    definitionDigest: '',
    ...overrides,
  };
}

describe('durations', () => {
  it.each([
    [-5, '0s', '0ms'],
    [12, '0s', '12ms'],
    [1234, '1s', '1.2s'],
    [65_000, '1m 5s', '1m 5s'],
    [3_660_000, '1h 1m', '1h 1m'],
    [90_000_000, '1d 1h', '1d 1h'],
  ])('%d ms: %s, with milliseconds %s', (ms, long, short) => {
    expect(formatDuration(ms)).toBe(long);
    expect(formatShortDuration(ms)).toBe(short);
  });
});

describe('the table of processes', () => {
  const row = (change: Partial<ProcessView>): string =>
    formatStatus([view(change)], T0 + 5000, PLAIN)
      .split('\n')[1]
      ?.replaceAll(/ +/g, ' ') ?? '';

  it.each<[Partial<ProcessView>, string]>([
    [{}, 'web running 5s - 100 1 0 - run 1 has pid 100'],
    [
      { definition: definition({ health: { kind: 'tcp', port: 1 } }) },
      'web running 5s unknown 100 1 0 - run 1 has pid 100',
    ],
    [
      {
        state: 'backing-off',
        pid: null,
        exitCode: 3,
        restarts: 2,
        message: 'exited with 3',
        nextStartAt: T0 + 8000,
      },
      'web backing-off 5s - - 1 2 3 next start in 3s: exited with 3',
    ],
    [
      { state: 'failed', pid: null, signal: 'SIGKILL', oomKilled: true, message: 'given up' },
      'web failed 5s - - 1 0 oom given up',
    ],
    [
      { state: 'stopped', pid: null, signal: 'SIGTERM', message: 'asked' },
      'web stopped 5s - - 1 0 SIGTERM asked',
    ],
  ])('%j: %s', (change, expected) => {
    expect(row(change)).toBe(expected);
  });
});

describe('the details of a process', () => {
  it('say what it waits for and when it starts again', () => {
    const text = formatDetails(
      view({
        state: 'blocked',
        pid: null,
        startedAt: null,
        blockedOn: [{ process: 'db', condition: 'healthy', state: 'starting' }],
        nextStartAt: T0 + 60_000,
        skippedRuns: 2,
        definition: definition({ dependsOn: [{ process: 'db' }], schedule: { cron: '@daily' } }),
      }),
      T0,
      PLAIN,
    );
    expect(text).toContain('web  blocked for 0s');
    expect(text).toContain('waits for   db to be healthy (starting)');
    expect(text).toMatch(/next start {2}\S+ \S+ \(in 1m 0s\)/);
    expect(text).toContain('runs        1, 2 left out');
    expect(text).toContain('schedule    @daily');
    expect(text).not.toMatch(/^ {2}pid/m);
  });

  it.each([
    [['node', 'server.js'], 'node server.js'],
    [['sh', '-c', "echo 'a b'"], `sh -c 'echo '\\''a b'\\'''`],
    [['/bin/sh', '-c', 'a && b'], 'a && b'],
  ])('show a command as one would type it: %j', (command, text) => {
    expect(formatCommand(command)).toBe(text);
  });
});

describe('a log line', () => {
  const line: LogLine = { at: T0, stream: 'stderr', text: 'hello', partial: false };

  it('has the name in front when there are several processes', () => {
    expect(createLogFormat({ names: ['web'], isOfOne: true }, PLAIN)({ name: 'web', ...line })).toBe(
      '2026-01-15T12:00:00.000Z stderr hello',
    );
    expect(
      createLogFormat({ names: ['web', 'worker'], isOfOne: false }, PLAIN)({ name: 'web', ...line }),
    ).toBe('2026-01-15T12:00:00.000Z web    stderr hello');
  });

  it('is what the process wrote where nobody watches, and harmless where somebody does', () => {
    const text = '\u001b[2Jgone';
    const terminal = { ...PLAIN, isTty: true };
    expect(
      createLogFormat({ names: ['web'], isOfOne: true }, PLAIN)({ name: 'web', ...line, text }),
    ).toContain(text);
    expect(
      createLogFormat({ names: ['web'], isOfOne: true }, terminal)({ name: 'web', ...line, text }),
    ).toMatch(/^\S+ stderr gone$/);
  });

  it('shows that it goes on in the next one', () => {
    expect(
      createLogFormat({ names: ['web'], isOfOne: true }, PLAIN)({ name: 'web', ...line, partial: true }),
    ).toMatch(/hello…$/);
  });
});

describe('an event', () => {
  it.each([
    [{ type: 'snapshot', seq: 0, at: T0, bootId: '', processes: [view()] }, 'web: running'],
    [
      {
        type: 'state',
        seq: 1,
        at: T0,
        name: 'web',
        from: 'starting',
        to: 'running',
        durationMs: 12,
        process: view(),
      },
      'web starting -> running after 12ms: run 1 has pid 100',
    ],
    [
      {
        type: 'state',
        seq: 1,
        at: T0,
        name: 'web',
        from: null,
        to: 'pending',
        durationMs: 0,
        process: view({ message: 'new' }),
      },
      'web known, pending: new',
    ],
    [
      {
        type: 'state',
        seq: 1,
        at: T0,
        name: 'web',
        from: 'stopped',
        to: null,
        durationMs: 3,
        process: view({ message: 'bye' }),
      },
      'web stopped -> gone after 3ms: bye',
    ],
    [
      {
        type: 'health',
        seq: 1,
        at: T0,
        name: 'web',
        from: 'healthy',
        to: 'unhealthy',
        process: view({ health: { status: 'unhealthy', failures: 3, checkedAt: T0, message: 'status 500' } }),
      },
      'web healthy -> unhealthy: status 500',
    ],
  ] as const)('is one line: %j', (event, text) => {
    expect(formatEvent(event as never, PLAIN)).toBe(`2026-01-15T12:00:00.000Z ${text}`);
  });
});

it('the history has a line per run, with the time of each part', () => {
  const run = { pid: 7, queuedAt: T0, healthyAt: T0, oomKilled: false };
  const text = formatRuns(
    [
      {
        ...run,
        run: 2,
        startedAt: T0,
        stoppedAt: null,
        waitedMs: 3,
        toHealthyMs: 40,
        durationMs: 5000,
        exitCode: null,
        signal: null,
        message: '',
      },
      {
        ...run,
        run: 1,
        startedAt: null,
        stoppedAt: T0,
        waitedMs: 3,
        toHealthyMs: null,
        durationMs: null,
        exitCode: 1,
        signal: null,
        message: 'no such file',
      },
    ],
    PLAIN,
  );
  const lines = text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
  expect(lines[1]).toMatch(/^2 \| 7 \| \S+ \S+ \| 3ms \| 40ms \| 5\.0s \| - \| is up$/);
  expect(lines[2]).toBe('1 | 7 | - | 3ms | - | - | 1 | no such file');
});

describe('a reload', () => {
  const nothing = { added: [], removed: [], restarted: [], adjusted: [], unchanged: [], needsRestart: [] };

  it('says what it did', () => {
    expect(formatReload({ ...nothing, unchanged: ['a'] })).toBe('reloaded: nothing to change, 1 unchanged');
    expect(formatReload({ ...nothing, added: ['a', 'b'], restarted: ['c'], adjusted: ['d'] })).toBe(
      'reloaded: added a, b; restarted c; adjusted without a restart d; 0 unchanged',
    );
  });

  it('says what it would do, and what it cannot', () => {
    expect(formatReload({ ...nothing, removed: ['a'], needsRestart: ['stateDir'] }, true)).toBe(
      'a reload would do this: removed a; 0 unchanged\nchanged, but not before pidnap itself is started again: stateDir',
    );
  });
});
