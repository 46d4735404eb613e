import { operatorContract } from '@fettle/contract/operator-audience';
import { machineView as viewOf } from '@fettle/core/machine/view';
import { recorded } from '@fettle/core/testing/recorded';
import { Scenario } from '@fettle/core/testing/scenario';
import { createRouterClient, implement } from '@orpc/server';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { projectView } from '../../test/builders.ts';
import { recordMachine } from './record-machine.ts';
import { RecordingFile } from './recording-file.ts';

/** A control plane that has watched the machine of a scenario, behind the contract. */
function controlPlaneOf(s: Scenario) {
  const { machines, projects } = implement(operatorContract);
  const past = recorded(s);
  const page = <T extends { at: number }>(
    all: T[],
    { limit, before = Infinity }: { limit: number; before?: number },
  ): T[] =>
    all
      .filter(({ at }) => at < before)
      .toReversed()
      .slice(0, limit);
  const service = {
    name: 'web',
    command: ['node'],
    port: 8080,
    healthPath: '/',
    restartBudget: { maxRestarts: 1, withinMs: 1000 },
  };
  const { record, policy, now } = s;
  return createRouterClient({
    machines: {
      get: machines.get.handler(() => viewOf({ record, policy, lastEvent: null, now })),
      incidents: machines.incidents.handler(() => past.incidents.toReversed()),
      snapshots: machines.snapshots.handler(({ input }) => page(past.snapshots, input)),
      events: machines.events.handler(({ input }) => page(past.events, input)),
    },
    projects: {
      get: projects.get.handler(() => {
        const view = projectView({ policy });
        return { ...view, template: { ...view.template, services: [service] } };
      }),
    },
  });
}

/** A machine whose service failed, twelve hours ago. */
function past(): Scenario {
  const s = Scenario.healthy();
  s.machine.fail('web');
  s.runFor(12 * 3_600_000);
  return s;
}

test('everything that a replay needs is recorded, page by page', async () => {
  const s = past();
  const recording = await recordMachine(controlPlaneOf(s), s.record.identity.machineId, null);
  expect(recording.snapshots.length).toBeGreaterThan(1000);
  expect(recording).toEqual({
    format: 'fettle-recording',
    version: 1,
    recordedAt: s.now,
    ...recorded(s),
  });
  expect(v.parse(RecordingFile, JSON.parse(JSON.stringify(recording)))).toEqual(recording);
});

test('only what is asked for is recorded', async () => {
  const s = past();
  const { snapshots, events } = await recordMachine(
    controlPlaneOf(s),
    s.record.identity.machineId,
    3_600_000,
  );
  expect(snapshots.length).toBe(120);
  expect(events.every(({ at }) => at >= s.now - 3_600_000)).toBe(true);
});
