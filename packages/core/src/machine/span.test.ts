import type { Snapshot } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { SECOND, service, T0, verdict, versions } from '../testing/builders.ts';
import { addLook, MOST_LOOKS, snapshotsOf, type Span } from './span.ts';

function snapshot(at: number, overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    at: T0 + at * SECOND,
    phase: 'healthy',
    healthy: true,
    verdict: verdict('healthy'),
    versions: versions(),
    services: [service('web')],
    resources: { cpuPercent: at, memoryUsedMb: 1, memoryTotalMb: 2, diskUsedPercent: 3 },
    evidence: {
      provider: 'running',
      diskPresent: true,
      exitCode: null,
      memoryKilled: false,
      routes: [{ service: 'web', ok: true }],
      hostAnswers: true,
      pidnapAnswers: null,
      pidnapAnswersInside: null,
      daemonAnswers: null,
      reportedPidnapAnswers: true,
      reportedAt: T0 + at * SECOND - 5,
    },
    ...overrides,
  };
}

/** The spans that looks become: the closed ones, and the open one behind them. */
function spansOf(looks: Snapshot[]): Span[] {
  const closed: Span[] = [];
  let open: Span | null = null;
  for (const look of looks) {
    const next = addLook(open, look);
    if (next.closed !== null) closed.push(next.closed);
    open = next.open;
  }
  return open === null ? closed : [...closed, open];
}

const many = (count: number) => Array.from({ length: count }, (_, at) => snapshot(at));

describe('looks in a row', () => {
  test('that found the same are one span, and each can still be read as it was', () => {
    const looks = many(5);
    const spans = spansOf(looks);
    expect(spans).toHaveLength(1);
    expect(spans.flatMap(snapshotsOf)).toEqual(looks.toReversed());
  });

  test.each<[string, Partial<Snapshot>]>([
    ['verdict', { verdict: verdict('unhealthy', 'machine-gone'), healthy: false }],
    ['versions', { versions: null }],
    ['services', { services: [service('web', { restarts: 1 })] }],
    ['phase', { phase: 'suspect' }],
    ['evidence', { evidence: { ...snapshot(0).evidence, daemonAnswers: true } }],
  ])('are another span as soon as their %s differs', (_, overrides) => {
    const looks = [snapshot(0), snapshot(1), snapshot(2, overrides), snapshot(3)];
    const spans = spansOf(looks);
    expect(spans.map((span) => span.looks.length)).toEqual([2, 1, 1]);
    expect(spans.flatMap((span) => snapshotsOf(span).toReversed())).toEqual(looks);
  });

  test('are no longer than the record that holds them bears', () => {
    const spans = spansOf(many(2 * MOST_LOOKS + 1));
    expect(spans.map((span) => span.looks.length)).toEqual([MOST_LOOKS, MOST_LOOKS, 1]);
  });
});
