import { expect, it } from 'vitest';
import {
  applyProject,
  eventually,
  FAST,
  reaches,
  startControlPlane,
  type ControlPlane,
} from './control-plane.ts';
import type { Tampering } from './tampered-worker.ts';

const MACHINE = 'demo.web-1.1';
const HOUR = 3_600_000;

it.concurrent.for([
  { what: 'is lost', alarmAt: () => null },
  { what: 'lies far ahead, as after a clock that had jumped', alarmAt: () => Date.now() + HOUR },
])(
  'a machine whose alarm $what is stale until the sweep finds it',
  async ({ alarmAt }, { onTestFinished }) => {
    const plane = await startControlPlane('tampered');
    onTestFinished(plane.close);
    await applyProject(plane, FAST);
    await reaches(plane, MACHINE, 'healthy');
    const stale = await staleOnce(plane, alarmAt);

    const sweep = () => plane.operator().projects.sweep({ project: 'demo' });
    expect(await sweep()).toEqual({ rearmed: [MACHINE] });
    const { watch, notices } = await plane.operator().projects.get({ project: 'demo' });
    expect(watch).toMatchObject({
      machines: 1,
      staleMachines: [MACHINE],
      rearmed: [MACHINE],
      silentMachines: [],
    });
    expect(notices[0]).toMatchObject({ kind: 'rearmed', machineId: MACHINE });

    const well = await eventually(
      () => plane.operator().machines.get({ machineId: MACHINE }),
      (view) => !view.stale && (view.lastCheckAt ?? 0) > (stale.lastCheckAt ?? 0),
    );
    expect(well.tick.lagMs).toBeGreaterThanOrEqual(0);
    expect(await sweep()).toEqual({ rearmed: [] });
    const after = (await plane.operator().projects.get({ project: 'demo' })).watch;
    expect(after).toMatchObject({ staleMachines: [], stale: false, medianLagMs: expect.any(Number) });
  },
);

/** Takes the alarm away until it stays away: a run that is under way at that moment sets the next one. */
function staleOnce(plane: ControlPlane, alarmAt: () => number | null) {
  return eventually(
    async () => {
      const view = await plane.operator().machines.get({ machineId: MACHINE });
      if (!view.stale) await tamper(plane, { machineId: MACHINE, alarmAt: alarmAt() });
      return view;
    },
    (view) => view.stale,
  );
}

async function tamper(plane: ControlPlane, tampering: Tampering): Promise<void> {
  const body = JSON.stringify(tampering);
  const answer = await fetch(`${plane.workerd.url}/tamper`, { method: 'POST', body });
  expect(answer.status).toBe(204);
}
