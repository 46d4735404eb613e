import type { MetricPoint } from '@fettle/contract';
import { MetricsReport } from '@fettle/contract';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../test/test-control-plane.ts';
import { makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';

/** Longer than a test waits: a point that comes meanwhile comes because of a change. */
const NEVER_MS = 600_000;

let world: TestWorld;
let controlPlane: TestControlPlane;
let machine: TestMachine;

beforeAll(async () => {
  world = await makeTestWorld();
  controlPlane = await startTestControlPlane({ reportEveryMs: NEVER_MS });
  machine = await makeTestMachine(world, await world.repositories(), { controlUrl: controlPlane.url });
  await machine.boot();
});

afterAll(async () => {
  await machine?.shutDown();
  await controlPlane?.goAway();
  await world?.remove();
});

type ProcessPoint = Extract<MetricPoint, { kind: 'process' }>;

const points = (): MetricPoint[] => controlPlane.metrics.flatMap((report) => report.points);
const starts = () => points().filter(({ kind }) => kind === 'startup');
const changesOf = (name: string, from = 0): ProcessPoint[] =>
  points()
    .slice(from)
    .filter((point): point is ProcessPoint => point.kind === 'process' && point.name === name);

/** What the note on disk says once it fits. */
async function noted(what: string, fits: (told: { startup: boolean; processes: object }) => boolean) {
  return waitFor(what, async () => {
    const told = JSON.parse(await readFile(machine.disk.told, 'utf8')) as Parameters<typeof fits>[0];
    return fits(told) && told;
  });
}

/** Restarts the daemon, and waits until a new one has reported. */
async function restartDaemon(): Promise<void> {
  const last = controlPlane.metrics.at(-1)?.bootId;
  await machine.pidnap.restart({ name: 'daemon' });
  await waitFor('the new daemon has told of itself', () =>
    controlPlane.metrics.some(
      ({ bootId, points: some }) =>
        bootId !== last && some.some((one) => one.kind === 'process' && one.name === 'daemon'),
    ),
  );
}

test('the start of the machine is told once, when all is healthy', async () => {
  const [start] = await waitFor('the start is told', () => starts().length > 0 && starts());
  const { boot } = await machine.pidnap.info();
  expect(start).toMatchObject({
    entrypointStartedAt: boot.entrypointAt,
    timeToReadyMs: (boot.allHealthyAt ?? 0) - boot.entrypointAt,
    tasksCompleteMs: (boot.tasksCompleteAt ?? 0) - boot.entrypointAt,
  });
  const {
    daemonReadyMs = 0,
    timeToReadyMs = 0,
    tasksCompleteMs,
  } = start as Extract<MetricPoint, { kind: 'startup' }>;
  expect(daemonReadyMs).toBeGreaterThan(tasksCompleteMs ?? 0);
  expect(daemonReadyMs).toBeLessThanOrEqual(timeToReadyMs);
  await noted('the start is noted', ({ startup }) => startup);
});

test('reports follow the contract, and tell resources and versions', () => {
  expect(controlPlane.metrics.every((report) => v.is(MetricsReport, report))).toBe(true);
  const resource = points().find(({ kind }) => kind === 'resource');
  expect(resource).toMatchObject({ seq: 1, coversMs: null });
  expect(controlPlane.metrics.at(-1)?.versions).toMatchObject({ image: 'image-1' });
});

test('each change of a process is told, with the time in the state before', async () => {
  const from = points().length;
  const pid = (await machine.pidnap.get({ name: 'web' })).pid ?? 0;
  process.kill(pid, 'SIGKILL');
  await waitFor('the new run is told', () => changesOf('web', from).some(({ state }) => state === 'running'));
  const changes = changesOf('web', from);
  expect(changes[0]).toMatchObject({ previousState: 'running', signal: 'SIGKILL', exitCode: null });
  expect(changes[0]?.durationMs).toBeGreaterThan(0);
  // Each begins where the one before ended, and one of them tells the end of the run.
  expect(changes.slice(1).map(({ previousState }) => previousState)).toEqual(
    changes.slice(0, -1).map(({ state }) => state),
  );
  expect(changes.filter(({ signal }) => signal !== null)).toHaveLength(1);
  expect(changes.at(-1)).toMatchObject({ state: 'running', restarts: 1 });
});

test('a new daemon tells neither the start again nor what was told already', async () => {
  await noted('the new run is noted', ({ processes }) => 'web' in processes);
  const from = points().length;
  await restartDaemon();
  expect(changesOf('web', from)).toEqual([]);
  expect(changesOf('checkout', from)).toEqual([]);
  expect(starts()).toHaveLength(1);
});

test('what changed without a daemon is told once by the next one', async () => {
  await machine.pidnap.stop({ name: 'daemon' });
  await machine.pidnap.wait({ name: 'daemon', until: 'stopped' });
  const from = points().length;
  await machine.pidnap.restart({ name: 'web' });
  await machine.pidnap.wait({ name: 'web', until: 'healthy' });
  await machine.pidnap.start({ name: 'daemon' });
  await waitFor('the change is told', () => changesOf('web', from).length > 0);
  expect(changesOf('web', from)).toMatchObject([
    { state: 'running', previousState: 'running', durationMs: 0 },
  ]);
});

test('what a daemon measured while the control plane was away is told by the next one', async () => {
  await controlPlane.goAway();
  await machine.pidnap.stop({ name: 'web' });
  await machine.pidnap.wait({ name: 'web', until: 'stopped' });
  const from = points().length;
  await machine.pidnap.restart({ name: 'daemon' });
  await controlPlane.comeBack();
  await waitFor('the change is told', () => changesOf('web', from).length > 0);
  expect(changesOf('web', from)).toMatchObject([{ state: 'stopped', previousState: 'running' }]);
  expect(starts()).toHaveLength(1);
});
