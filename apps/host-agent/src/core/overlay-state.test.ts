import type { Operation, OperationKind, ProviderState } from '@fettle/contract/host-agent';
import { expect, it } from 'vitest';
import { overlayState } from './overlay-state.ts';

function doing(kind: OperationKind | null, extra: { resuming?: boolean; parked?: boolean } = {}) {
  const operation: Operation | null =
    kind === null
      ? null
      : {
          action: { id: 'demo.web-1.1/1', sequence: 1 },
          kind,
          status: 'running',
          startedAt: 0,
          finishedAt: null,
          error: null,
        };
  return { operation, resuming: false, parked: false, ...extra };
}

const cases: [ProviderState, ReturnType<typeof doing>, ProviderState][] = [
  ['absent', doing(null), 'absent'],
  ['absent', doing('create'), 'creating'],
  ['absent', doing('destroy'), 'absent'],
  ['absent', doing(null, { parked: true }), 'stopped'],
  ['absent', doing(null, { parked: true, resuming: true }), 'starting'],
  ['absent', doing('start', { parked: true }), 'starting'],
  ['absent', doing('start'), 'absent'],
  ['stopped', doing('create'), 'starting'],
  ['stopped', doing('restart'), 'starting'],
  ['stopped', doing('stop'), 'stopped'],
  ['stopped', doing('copy'), 'stopped'],
  ['running', doing('stop'), 'stopping'],
  ['running', doing('destroy'), 'stopping'],
  ['running', doing('copy'), 'running'],
  ['paused', doing('restart'), 'paused'],
  ['unknown', doing('destroy'), 'unknown'],
];

it.each(cases)('a machine seen %s while %o happens is %s', (seen, what, state) => {
  expect(overlayState(seen, what)).toBe(state);
});

it('pays no attention to an operation that has ended', () => {
  const { operation } = doing('create');
  const over: Operation = { ...operation!, status: 'failed' };
  expect(overlayState('absent', { operation: over, resuming: false, parked: false })).toBe('absent');
});
