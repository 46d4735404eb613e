import { expect, it } from 'vitest';
import {
  applyProject,
  eventually,
  FAST,
  reaches,
  startControlPlane,
  type ControlPlane,
} from './control-plane.ts';

const MACHINE = 'demo.web-1.1';

it.concurrent('watches a machine whose object is out of memory at an alarm', async ({ onTestFinished }) => {
  const plane = await startControlPlane('watched');
  onTestFinished(plane.close);
  // workerd drops an object that was idle for 10 to 20 s.
  await applyProject(plane, { ...FAST, check: { intervalMs: 20_500, callTimeoutMs: 5000 } });
  const alarms = await eventually(
    () => plane.alarms.filter((alarm) => alarm.object === MACHINE),
    (seen) => coldWakes(seen).length >= 1,
    100_000,
  );
  expect(coldWakes(alarms)[0]?.next).toBeGreaterThan(Date.now());
});

/** Alarms that found another instance than the one before, although nobody ended workerd. */
function coldWakes(alarms: ControlPlane['alarms']): ControlPlane['alarms'] {
  return alarms.filter((alarm, index) => index > 0 && alarms[index - 1]?.instance !== alarm.instance);
}

it.concurrent('goes on by itself after a restart, with what was due meanwhile', async ({
  onTestFinished,
}) => {
  const plane = await startControlPlane('shipped');
  onTestFinished(plane.close);
  await applyProject(plane, FAST);
  const { nextWakeAt } = await reaches(plane, MACHINE, 'healthy');
  await plane.workerd.kill();
  await passes((nextWakeAt ?? 0) + 1000);
  const before = plane.host.arrivals.length;
  await plane.workerd.start();
  // Nobody asks the worker anything: only an alarm can bring a request to the host.
  const arrivals = await eventually(
    () => plane.host.arrivals.slice(before),
    (seen) => seen.some((arrival) => arrival.what === 'inspect'),
    10_000,
  );
  expect(arrivals[0]).toMatchObject({ machineId: MACHINE });
});

it.concurrent('never arms an alarm for the time of the one that fires', async ({ onTestFinished }) => {
  const plane = await startControlPlane('watched');
  onTestFinished(plane.close);
  await applyProject(plane, FAST);
  const alarms = await eventually(
    () => plane.alarms.filter((alarm) => alarm.object === MACHINE),
    (seen) => seen.length >= 15,
  );
  for (const { scheduledTime, next } of alarms) expect(next).toBeGreaterThan(scheduledTime);
});

it.concurrent('opens no incident for one grace period after it was away', async ({ onTestFinished }) => {
  const afterReturnMs = 4000;
  const plane = await startControlPlane('shipped');
  onTestFinished(plane.close);
  const report = { everyMs: afterReturnMs };
  await applyProject(plane, { ...FAST, report, grace: { ...FAST.grace, afterReturnMs } });
  await reaches(plane, MACHINE, 'healthy');
  await plane.workerd.kill();
  plane.host.provider.machine(MACHINE)?.ail({ service: 'web', curedBy: 'restart-services' });
  // A shorter delay counts as a busy computer, however many checks were missed.
  await passes(Date.now() + 11_500);
  await plane.workerd.start();
  const [incident] = await eventually(
    () => plane.operator().machines.incidents({ machineId: MACHINE }),
    (incidents) => incidents.length > 0,
  );
  const events = await plane.operator().machines.events({ machineId: MACHINE });
  const returned = events.find((event) => event.message.includes('was away'));
  expect(returned).toBeDefined();
  expect((incident?.openedAt ?? 0) - (returned?.at ?? 0)).toBeGreaterThanOrEqual(afterReturnMs);
  await reaches(plane, MACHINE, 'healthy');
});

/** Waits for a time of the clock. */
async function passes(time: number): Promise<void> {
  await eventually(Date.now, (now) => now >= time);
}
