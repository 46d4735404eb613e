import type { MetricPoint } from '@fettle/contract';
import type { PointBody } from '@fettle/core/telemetry/point-buffer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../test/test-control-plane.ts';
import { MACHINE_TOKEN } from '../../test/test-credentials.ts';
import { waitFor } from '../../test/wait-for.ts';
import { createControlPlaneClient } from '../daemon/control-plane-client.ts';
import { POINT_BOUNDS, startPointReporter, type PointReporter } from './point-reporter.ts';

/** Longer than a test waits: what comes meanwhile comes because a point was held. */
const NEVER_MS = 600_000;

let controlPlane: TestControlPlane;
let reporter: PointReporter<null> | null = null;
/** Numbers of the points that the reporter knows to be decided about. */
let done: number[] = [];

beforeEach(async () => {
  controlPlane = await startTestControlPlane({ reportEveryMs: NEVER_MS });
  done = [];
});

afterEach(async () => {
  reporter?.stop();
  reporter = null;
  await controlPlane.goAway().catch(() => undefined); // a test may have sent it away already
});

function start(): PointReporter<null> {
  const client = createControlPlaneClient({
    controlUrl: controlPlane.url,
    credentials: { withToken: (call) => call(MACHINE_TOKEN), note: () => undefined },
  });
  reporter = startPointReporter<null>({
    sample: () => ({ body: body('sample'), mark: null }),
    send: (points, options) =>
      client.reportMetrics({ bootId: 'boot-1', sentAt: Date.now(), versions: null, points }, options),
    onDone: (points) => done.push(...points.map(({ seq }) => seq)),
  });
  return reporter;
}

function body(name: string): PointBody {
  return {
    kind: 'process',
    name,
    state: 'running',
    previousState: null,
    durationMs: 0,
    restarts: 0,
    exitCode: null,
    signal: null,
  };
}

const taken = (): MetricPoint[] => controlPlane.metrics.flatMap(({ points }) => points);
const numbers = (points: readonly { seq: number }[]) => points.map(({ seq }) => seq);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('a sample goes out at once, and what is held a moment after it came, together', async () => {
  const running = start();
  await waitFor('the sample is taken', () => taken().length === 1);
  running.hold(body('web'), null);
  running.hold(body('daemon'), null);
  await waitFor('both are taken', () => taken().length === 3);
  expect(controlPlane.metrics.map(({ points }) => points.length)).toEqual([1, 2]);
  expect(numbers(taken())).toEqual([1, 2, 3]);
  await waitFor('the reporter knows', () => done.length === 3);
  expect(controlPlane.refused).toEqual([]);
});

test('more points than one call may carry go out one call after another, in order', async () => {
  await controlPlane.goAway();
  const running = start();
  for (let i = 0; i < 600; i++) running.hold(body('web'), null);
  await controlPlane.comeBack();
  await waitFor('all are taken', () => taken().length === 601);
  expect(controlPlane.metrics.map(({ points }) => points.length)).toEqual([250, 250, 101]);
  expect(numbers(taken())).toEqual(upTo(601));
});

describe.each(['away', 'garbage', 'html', 'broken', 'hang'] as const)(
  'while the control plane is %s',
  (state) => {
    test('points wait, and come in order and once afterwards', async () => {
      if (state === 'away') await controlPlane.goAway();
      else controlPlane.mode = state;
      const running = start();
      running.hold(body('web'), null);
      if (state !== 'away') await waitFor('it was asked', () => controlPlane.requests > 0);
      running.hold(body('daemon'), null);
      if (state === 'away') await controlPlane.comeBack();
      controlPlane.mode = 'take';
      await waitFor('the reporter knows that they are taken', () => done.includes(3));
      // Samples that were due in the meantime come behind.
      expect(numbers(taken())).toEqual(upTo(taken().length));
      expect(taken().every(({ droppedBefore }) => droppedBefore === 0)).toBe(true);
    });
  },
);

test('a lost answer sends the same points under the same numbers', async () => {
  const running = start();
  await waitFor('the sample is taken', () => done.length === 1);
  running.hold(body('web'), null);
  // Taken, and then the answer is something else.
  controlPlane.refusePoints = (report) => {
    controlPlane.metrics.push(report);
    controlPlane.refusePoints = () => [];
    return 'nothing that the contract knows' as never;
  };
  await waitFor('it is known to be taken', () => done.includes(2));
  expect(numbers(taken()).filter((seq) => seq === 2).length).toBeGreaterThan(1);
  expect(done).toEqual([1, 2]);
});

test('a control plane that is away for long costs a bounded number of points, and the rest is told', async () => {
  await controlPlane.goAway();
  const running = start();
  const held = POINT_BOUNDS.capacity + 400;
  for (let i = 0; i < held; i++) running.hold(body('web'), null);
  await controlPlane.comeBack();
  await waitFor('the newest is taken', () => taken().at(-1)?.seq === held + 1);
  const all = numbers(taken());
  expect(all).toEqual(all.toSorted((a, b) => a - b));
  expect(all.length).toBeLessThanOrEqual(POINT_BOUNDS.capacity);
  const dropped = taken().reduce((sum, { droppedBefore }) => sum + droppedBefore, 0);
  expect(all.length + dropped).toBe(held + 1);
});

test('a point that the control plane cannot take is found and dropped, and nothing else is', async () => {
  const poison = 2;
  controlPlane.refusePoints = ({ points }) => (points.some(({ seq }) => seq === poison) ? 'bad-request' : []);
  const running = start();
  await waitFor('the sample is taken', () => done.includes(1));
  running.hold(body('web'), null);
  running.hold(body('web'), null);
  await waitFor('the other one is taken', () => numbers(taken()).includes(3));
  expect(numbers(taken())).toEqual(upTo(taken().length + 1).filter((seq) => seq !== poison));
  expect(taken().find(({ seq }) => seq === poison + 1)?.droppedBefore).toBe(1);
});

test('a body that is too large for something in between is sent in parts', async () => {
  controlPlane.mode = 'too-large';
  const running = start();
  for (let i = 0; i < 3; i++) running.hold(body('web'), null);
  await waitFor('it was refused', () => controlPlane.requests === 1);
  controlPlane.mode = 'take';
  await waitFor('all are taken', () => numbers(taken()).includes(4));
  expect(controlPlane.metrics[0]?.points.length).toBeLessThan(4);
  expect(numbers(taken())).toEqual(upTo(taken().length));
});

test('points that there was no room for are sent again, those that were refused for good are not', async () => {
  await controlPlane.goAway();
  let first = true;
  controlPlane.refusePoints = ({ points }) => {
    if (!first || points.length < 3) return [];
    first = false;
    return [
      { seq: 2, name: 'process web', reason: 'too-old' },
      { seq: 3, name: 'process web', reason: 'too-many' },
    ];
  };
  const running = start();
  running.hold(body('web'), null);
  running.hold(body('web'), null);
  await controlPlane.comeBack();
  await waitFor('all are decided about', () => done.length === 3);
  expect(controlPlane.metrics.map(({ points }) => numbers(points))).toEqual([[1, 2, 3], [3]]);
});

test('a machine that was replaced holds nothing any more', async () => {
  controlPlane.mode = 'retired';
  const running = start();
  await waitFor('it knows', () => running.retired());
  controlPlane.mode = 'take';
  const { requests } = controlPlane;
  running.hold(body('web'), null);
  // Another reporter's call, held later, arrives: one of the first would have arrived before.
  start().hold(body('daemon'), null);
  await waitFor('the other one is heard', () => taken().length === 2);
  expect(controlPlane.requests).toBe(requests + 1);
});
