import { describe, expect, test } from 'vitest';
import { addTotals, countRun, type Report, totalsLine } from './test-totals.ts';

function report(overrides: Partial<Report> = {}): Report {
  return {
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [],
    ...overrides,
  };
}

describe('a run of a project', () => {
  test('is counted as vitest reports it, todos as skipped', () => {
    expect(countRun(report(), 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  test('has a failure when a file could not be loaded', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(countRun(report({ testResults: [broken] }), 1).failed).toBe(1);
  });

  test('does not count a failed test twice', () => {
    const file = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    expect(countRun(report({ numFailedTests: 1, testResults: [file] }), 1).failed).toBe(1);
  });

  test('has a failure when it ended badly and every test passed (an unhandled error)', () => {
    expect(countRun(report(), 1).failed).toBe(1);
  });

  test('has a failure when it left no report', () => {
    expect(countRun(undefined, 134)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('without tests is neither good nor bad', () => {
    expect(countRun(undefined, 0)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

test('projects add up to one line', () => {
  const sum = addTotals({ passed: 2, failed: 0, skipped: 1 }, { passed: 5, failed: 1, skipped: 0 });
  expect(totalsLine(sum)).toBe('7 passed, 1 failed, 1 skipped');
});
