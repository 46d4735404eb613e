import { describe, expect, it } from 'vitest';
import type { ProcessView } from '../contract.ts';
import { definition } from '../../test/builders.ts';
import { lastRunBefore, standsDown, standsUp, type Standing } from './wait-for.ts';

type State = ProcessView['state'];
const ALWAYS = definition();
const CHECKED = definition({ health: { kind: 'tcp', port: 1 } });
const TASK = definition({ restart: 'never' });

function view(
  state: State,
  {
    runs = 2,
    definition = ALWAYS,
    health = 'unknown',
  }: { runs?: number; definition?: typeof ALWAYS; health?: string } = {},
): ProcessView {
  return { state, runs, definition, health: { status: health } } as ProcessView;
}

describe('after a start or restart that came after run 1, a process', () => {
  it.each<[string, ProcessView, Standing]>([
    ['that still runs the old run', view('running', { runs: 1 }), 'not yet'],
    ['that is being ended', view('stopping', { runs: 1 }), 'not yet'],
    ['that waits for others', view('blocked', { runs: 1 }), 'not yet'],
    ['that runs', view('running'), 'reached'],
    ['that runs and was not asked for its health', view('running', { definition: CHECKED }), 'not yet'],
    ['that runs and is unhealthy', view('running', { definition: CHECKED, health: 'unhealthy' }), 'not yet'],
    ['that runs and is healthy', view('running', { definition: CHECKED, health: 'healthy' }), 'reached'],
    ['that backs off', view('backing-off'), 'not yet'],
    ['that is a task and runs', view('running', { definition: TASK }), 'not yet'],
    ['that is a task and completed', view('completed', { definition: TASK }), 'reached'],
    ['that ran ahead of its schedule', view('scheduled', { definition: TASK }), 'reached'],
    ['that completed before', view('completed', { runs: 1 }), 'not yet'],
    ['that failed', view('failed'), 'never'],
    ['that failed without a run: what it waits for failed', view('failed', { runs: 1 }), 'never'],
    ['that somebody stopped', view('stopped', { runs: 1 }), 'never'],
  ])('%s: %j', (_what, process, standing) => {
    expect(standsUp(process, 1)).toBe(standing);
  });
});

it.each<[State, number]>([
  ['running', 0],
  ['starting', 0],
  ['stopping', 1],
  ['pending', 1],
  ['blocked', 1],
  ['failed', 1],
])('a command that leaves a process with one run %s is about runs after %d', (state, run) => {
  expect(lastRunBefore(view(state, { runs: 1 }))).toBe(run);
});

it('a process is down when it has ended, whatever the way', () => {
  const states: State[] = ['stopped', 'completed', 'failed'];
  expect(states.map((state) => standsDown(view(state)))).toEqual(['reached', 'reached', 'reached']);
  expect(standsDown(view('stopping'))).toBe('not yet');
  expect(standsDown(view('backing-off'))).toBe('not yet');
});
