import type { ResourcePoint } from '@fettle/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prometheusQuery, prometheusText } from './prometheus.ts';
import { engineOfPoints, figures, type EngineOfPoints } from './testing/engine-of-points.ts';
import { prometheusWatchQuery, prometheusWatchText } from './prometheus-watch.ts';
import { fleetDay, STORY, type WrittenPoint } from './testing/fleet-day.ts';
import { watchedFleet } from './testing/watched-fleet.ts';

// The end is now, because the statement says now().
const END = Date.now();
const day = fleetDay(END);
let engine: EngineOfPoints;

beforeAll(async () => {
  engine = await engineOfPoints(day, watchedFleet(END));
});
afterAll(() => engine.close());

/** The samples of one name by machine, as Prometheus would read them: a value and a time in milliseconds. */
async function scrape(name: string): Promise<Map<string, [value: number, time: number]>> {
  const { sql, columns } = prometheusQuery();
  const text = prometheusText(figures(await engine.ask(sql), columns));
  const lines = text.matchAll(/^(\w+)\{[^}]*instance="([^"]+)"[^}]*\} (\S+) (\d+)$/gm);
  const own = [...lines].filter((line) => line[1] === name);
  return new Map(own.map(([, , machine = '', value, time]) => [machine, [Number(value), Number(time)]]));
}

function newestOf(machineId: string): (WrittenPoint & { point: ResourcePoint }) | undefined {
  return day
    .filter((one) => one.identity.machineId === machineId && one.point.kind === 'resource')
    .toSorted((a, b) => a.measuredAt - b.measuredAt)
    .at(-1) as (WrittenPoint & { point: ResourcePoint }) | undefined;
}

it('shows the newest figures of every machine of every project, with the time of each', async () => {
  const disk = await scrape('system_filesystem_utilization_ratio');
  const machines = [STORY.cutOff, STORY.repeating, STORY.successor, STORY.crashing, STORY.foreign];
  expect([...disk.keys()]).toEqual(expect.arrayContaining(machines));
  for (const machineId of machines) {
    const newest = newestOf(machineId);
    const [value, time] = disk.get(machineId) ?? [];
    expect(value).toBeCloseTo((newest?.point.diskUsedPercent ?? 0) / 100, 9);
    expect(time).toBe(newest?.measuredAt);
  }
});

it('shows nothing of machines that are silent or gone', async () => {
  const machines = [...(await scrape('target_info')).keys()];
  expect(machines).toContain(STORY.successor);
  expect(machines).not.toContain(STORY.silent);
  expect(machines).not.toContain(STORY.replaced);
});

it('shows how late the watchers are, of each machine and of the fleet', async () => {
  const { sql, columns } = prometheusWatchQuery();
  const text = prometheusWatchText(figures(await engine.ask(sql), columns));
  expect(text).toMatch(/^fettle_tick_lag_seconds\{job="demo\/[^"]*",instance="demo.late.1"\} 100 \d{13}$/m);
  expect(text).toMatch(/^fettle_machine_stale\{[^}]*instance="demo.prompt.1"\} 0 /m);
  expect(text).toMatch(/^fettle_fleet_tick_lag_worst_seconds\{job="demo"\} 100 /m);
  expect(text).toMatch(/^fettle_fleet_stale_machines\{job="demo"\} 1 /m);
  expect(text.match(/^# TYPE/gm)).toHaveLength(10);
});
