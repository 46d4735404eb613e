import type {
  MetricsQuery,
  MetricsQueryName,
  ProcessPoint,
  ResourcePoint,
  StartupPoint,
} from '@fettle/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildQuery, QUERIES } from './queries.ts';
import { engineOfPoints, figures, type EngineOfPoints, type SqlAnswer } from './testing/engine-of-points.ts';
import { fleetDay, STORY, type WrittenPoint } from './testing/fleet-day.ts';
import { watchedFleet } from './testing/watched-fleet.ts';

// The end is now, because the statements say now().
const END = Date.now();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const day = fleetDay(END);
const ours = day.filter(({ identity }) => identity.project === 'demo');
let engine: EngineOfPoints;

beforeAll(async () => {
  engine = await engineOfPoints(day, watchedFleet(END));
});
afterAll(() => engine.close());

/** Asks a question over the SQL API. */
async function ask(name: MetricsQueryName, query: Partial<MetricsQuery> = {}): Promise<SqlAnswer['data']> {
  const { sql, columns } = buildQuery({ name, project: 'demo', ...query });
  return figures(await engine.ask(sql), columns);
}

type Of<Point> = WrittenPoint & { point: Point };

function resources(machineId?: string): Of<ResourcePoint>[] {
  return ours.filter(
    (written): written is Of<ResourcePoint> =>
      written.point.kind === 'resource' &&
      (machineId === undefined || written.identity.machineId === machineId),
  );
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Start of the step of a point, in Unix seconds. */
function stepOf({ measuredAt }: Pick<WrittenPoint, 'measuredAt'>, stepMs: number): number {
  return (Math.floor(measuredAt / stepMs) * stepMs) / 1000;
}

/** The step of a day in which most of the day before `END` lies, whatever the time of the day. */
const MAIN_DAY = stepOf({ measuredAt: END - 12 * HOUR }, DAY);

function mainDay(rows: SqlAnswer['data']): SqlAnswer['data'][number] {
  return rows.find((row) => row['time'] === MAIN_DAY)!;
}

/** Mean by hand: repeats weigh twice, sampled points what they stand for, unknown ones nothing. */
function meanOf<Point>(points: Of<Point>[], valueOf: (point: Point) => number | null): number | null {
  let sum = 0;
  let weights = 0;
  for (const { point, weight } of points) {
    const value = valueOf(point);
    if (value === null) continue;
    sum += value * weight;
    weights += weight;
  }
  return weights === 0 ? null : sum / weights;
}

function identities(points: WrittenPoint[]): number {
  return new Set(points.map(({ bootId, point }) => `${bootId} ${point.seq}`)).size;
}

describe.each(Object.keys(QUERIES) as MetricsQueryName[])('the answer to %s', (name) => {
  it('has rows with exactly the columns that were promised, and nothing of another project', async () => {
    const { sql, columns } = buildQuery({ name, project: 'demo', lastMs: DAY });
    const answer = await engine.ask(sql);
    expect(answer.data.length).toBeGreaterThan(0);
    expect(answer.meta.map((column) => column.name)).toEqual(columns.map((column) => column.name));
    expect(JSON.stringify(answer.data)).not.toContain(STORY.foreign);
    for (const row of answer.data)
      for (const { name: column, unit } of columns)
        if (unit === 'text') expect(typeof row[column]).toBe('string');
        else expect(Number(row[column])).not.toBeNaN();
  });

  it('is of one machine when it is asked for', async () => {
    const rows = await ask(name, { lastMs: DAY, machineId: STORY.crashing });
    for (const row of rows) if ('machine' in row) expect(row['machine']).toBe(STORY.crashing);
  });

  it('has no more rows than the limit', async () => {
    expect((await ask(name, { lastMs: DAY, limit: 1 })).length).toBeLessThanOrEqual(1);
  });
});

describe('cpu-by-machine', () => {
  it('gives means of each step by the time of measurement, also of what was written late or twice', async () => {
    const rows = await ask('cpu-by-machine', { lastMs: DAY, stepMs: 300_000 });
    const groups = groupBy(
      resources(),
      (written) => `${stepOf(written, 300_000)} ${written.identity.machineId}`,
    );
    const means = [...groups]
      .map(([key, points]) => [key, meanOf(points, (point) => point.cpuPercent)] as const)
      .filter(([, mean]) => mean !== null);
    expect(rows).toHaveLength(means.length);
    const found = new Map(rows.map((row) => [`${row['time']} ${row['machine']}`, row['cpuPercent']]));
    for (const [key, mean] of means) expect(found.get(key)).toBeCloseTo(mean!, 6);
  });

  it('leaves out steps in which the machine could not tell, instead of showing 0', async () => {
    const rows = await ask('cpu-by-machine', { machineId: STORY.forgetful, lastMs: DAY, stepMs: 600_000 });
    const times = rows.map((row) => Number(row['time']) * 1000);
    expect(times.filter((time) => time > END - 9 * HOUR && time + 600_000 < END - 8 * HOUR)).toEqual([]);
    expect(times.some((time) => time < END - 9 * HOUR)).toBe(true);
  });

  it('comes newest first, so that a limit cuts the oldest', async () => {
    const all = await ask('cpu-by-machine', { machineId: STORY.repeating, lastMs: 2 * HOUR });
    const few = await ask('cpu-by-machine', { machineId: STORY.repeating, lastMs: 2 * HOUR, limit: 10 });
    const times = all.map((row) => Number(row['time']));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(few).toEqual(all.slice(0, 10));
  });
});

describe('machine-history', () => {
  it('gives null for a figure that was not known, beside figures that were', async () => {
    const rows = await ask('machine-history', { machineId: STORY.forgetful, lastMs: DAY, stepMs: 600_000 });
    const forgotten = rows.filter(({ time }) => {
      const start = Number(time) * 1000;
      return start > END - 9 * HOUR && start + 600_000 < END - 8 * HOUR;
    });
    expect(forgotten.length).toBeGreaterThan(3);
    for (const row of forgotten) {
      expect(row['cpuPercent']).toBeNull();
      expect(row['memoryUsedMb']).toBeGreaterThan(0);
    }
  });

  it('gives bytes per second, whatever the step', async () => {
    const rows = await ask('machine-history', { machineId: STORY.crashing, lastMs: DAY, stepMs: DAY });
    const points = resources(STORY.crashing).filter((written) => stepOf(written, DAY) === MAIN_DAY);
    const received = points.reduce((sum, { point }) => sum + point.networkReceivedBytes!, 0);
    expect(mainDay(rows)['networkReceivedPerSecond']).toBeCloseTo(received / (points.length * 60), 6);
  });
});

describe('memory-by-machine and disk-by-machine', () => {
  it('give means of what was known', async () => {
    const query = { machineId: STORY.forgetful, lastMs: DAY, stepMs: DAY };
    const memory = mainDay(await ask('memory-by-machine', query));
    const disk = mainDay(await ask('disk-by-machine', query));
    const points = resources(STORY.forgetful).filter((written) => stepOf(written, DAY) === MAIN_DAY);
    expect(memory['memoryUsedMb']).toBeCloseTo(
      meanOf(points, (point) => point.memoryUsedMb)!,
      6,
    );
    expect(memory['memoryTotalMb']).toBe(512);
    expect(disk['diskUsedPercent']).toBeCloseTo(
      meanOf(points, (point) => point.diskUsedPercent)!,
      6,
    );
  });
});

describe('top-cpu and top-memory', () => {
  it('rank machines by their means', async () => {
    const means = [...groupBy(resources(), ({ identity }) => identity.machineId)]
      .map(([machine, points]) => ({ machine, mean: meanOf(points, (point) => point.cpuPercent)! }))
      .toSorted((a, b) => b.mean - a.mean);
    const rows = await ask('top-cpu', { lastMs: DAY });
    expect(rows.map((row) => row['machine'])).toEqual(means.map(({ machine }) => machine));
    rows.forEach((row, at) => expect(row['cpuPercent']).toBeCloseTo(means[at]!.mean, 6));
    expect(rows[0]).toMatchObject({ machine: STORY.sampled, cpuPercentP95: 95, cpuPercentMax: 95 });
  });

  it('know the highest value and the share of what there is', async () => {
    const rows = await ask('top-memory', { lastMs: DAY, machineId: STORY.repeating });
    const used = resources(STORY.repeating).map(({ point }) => point.memoryUsedMb!);
    expect(rows[0]!['memoryUsedMbMax']).toBeCloseTo(Math.max(...used), 6);
    expect(rows[0]!['memoryUsedPercent']).toBeCloseTo((Number(rows[0]!['memoryUsedMb']) / 512) * 100, 6);
  });
});

describe('fleet-percentiles', () => {
  it('weighs each point by what it stands for', async () => {
    const row = mainDay(await ask('fleet-percentiles', { lastMs: DAY, stepMs: DAY }));
    const all = resources().filter((written) => stepOf(written, DAY) === MAIN_DAY);
    const points = all.filter(({ point }) => point.cpuPercent !== null);
    const values = points
      .flatMap(({ point, weight }) => Array.from({ length: weight }, () => point.cpuPercent!))
      .toSorted((a, b) => a - b);
    for (const [level, name] of [
      [0.5, 'cpuP50'],
      [0.95, 'cpuP95'],
      [0.99, 'cpuP99'],
    ] as const) {
      // The value that at most `level` of all lie below, give or take one place.
      const place = Math.floor(level * (values.length - 1));
      expect(Number(row[name])).toBeGreaterThanOrEqual(values[Math.max(place - 1, 0)]!);
      expect(Number(row[name])).toBeLessThanOrEqual(values[Math.min(place + 1, values.length - 1)]!);
    }
    expect(row['machines']).toBe(new Set(all.map(({ identity }) => identity.machineId)).size);
  });
});

describe('latest', () => {
  it('gives the newest figures of each machine, the silent one’s too', async () => {
    const rows = await ask('latest', { lastMs: DAY });
    const groups = groupBy(resources(), ({ identity }) => identity.machineId);
    expect(rows.map((row) => row['machine'])).toEqual([...groups.keys()].toSorted());
    for (const row of rows) {
      const points = groups.get(String(row['machine']))!;
      const newest = points.reduce((a, b) => (b.measuredAt > a.measuredAt ? b : a));
      expect(row['cpuPercent']).toBeCloseTo(newest.point.cpuPercent!, 6);
      expect(row['time']).toBe(Math.floor(newest.measuredAt / 1000));
    }
  });
});

describe('hourly and daily', () => {
  it('count points once, weigh sampled ones, and have late ones in their hour', async () => {
    const rows = await ask('hourly');
    const groups = groupBy(
      resources(),
      (written) => `${stepOf(written, HOUR)} ${written.identity.machineId}`,
    );
    expect(rows).toHaveLength(groups.size);
    for (const row of rows) {
      const points = groups.get(`${row['time']} ${row['machine']}`)!;
      const once = points.filter(({ repeat }) => !repeat);
      expect(row['points']).toBeCloseTo(
        once.reduce((sum, { weight }) => sum + weight, 0),
        6,
      );
      const cpu = meanOf(points, (point) => point.cpuPercent);
      if (cpu === null) expect(row['cpuPercent']).toBeNull();
      else expect(row['cpuPercent']).toBeCloseTo(cpu, 6);
      const known = points.map(({ point }) => point.memoryUsedMb).filter((value) => value !== null);
      expect(row['memoryUsedMbMax']).toBeCloseTo(Math.max(...known), 6);
    }
    const whileCutOff = rows.filter(
      ({ machine, time }) =>
        machine === STORY.cutOff &&
        Number(time) * 1000 > END - 5.5 * HOUR &&
        Number(time) * 1000 < END - 4.5 * HOUR,
    );
    expect(whileCutOff).toHaveLength(1);
  });

  it('make days of UTC', async () => {
    const rows = await ask('daily', { machineId: STORY.repeating });
    const groups = groupBy(resources(STORY.repeating), (written) => String(stepOf(written, DAY)));
    expect(rows.map((row) => String(row['time']))).toEqual([...groups.keys()].toSorted().toReversed());
    for (const row of rows) expect(row['points']).toBe(identities(groups.get(String(row['time']))!));
  });
});

describe('restarts-per-hour', () => {
  it('counts every restart, across a boot that begins to count anew', async () => {
    const rows = await ask('restarts-per-hour', { lastMs: DAY });
    const crashes = ours.filter(
      (written): written is Of<ProcessPoint> =>
        written.point.kind === 'process' && written.point.state === 'backing-off',
    );
    const expected = [...groupBy(crashes, (written) => String(stepOf(written, HOUR)))].map(
      ([time, points]) => ({
        time: Number(time),
        machine: STORY.crashing,
        process: 'web',
        restarts: points.length,
      }),
    );
    expect(rows).toEqual(expected.toSorted((a, b) => b.time - a.time));
    expect(crashes).toHaveLength(9);
  });
});

describe('process-changes', () => {
  it('lists what happened, newest first, with what is unknown as unknown', async () => {
    const rows = await ask('process-changes', { lastMs: DAY });
    const changes = ours.filter((written): written is Of<ProcessPoint> => written.point.kind === 'process');
    const expected = changes
      .toSorted((a, b) => b.measuredAt - a.measuredAt)
      .map(({ measuredAt, point, bootId }) => ({
        time: Math.floor(measuredAt / 1000),
        machine: STORY.crashing,
        process: point.name,
        previousState: point.previousState,
        state: point.state,
        durationMs: point.durationMs,
        restarts: point.restarts,
        exitCode: point.exitCode,
        signal: '',
        boot: bootId,
        seq: point.seq,
      }));
    expect(rows).toEqual(expected);
  });
});

describe('slowest-starts', () => {
  it('ranks starts, each once', async () => {
    const rows = await ask('slowest-starts', { lastMs: DAY });
    const starts = ours.filter((written): written is Of<StartupPoint> => written.point.kind === 'startup');
    expect(rows).toHaveLength(identities(starts));
    expect(rows[0]).toMatchObject({ machine: STORY.successor, timeToReadyMs: 75_000, tasksCompleteMs: null });
    expect(rows[1]).toMatchObject({ machine: STORY.crashing, timeToReadyMs: 61_000, tasksCompleteMs: 700 });
  });
});

describe('silent-machines', () => {
  it('names the silent one with its silence, and neither one that was replaced nor one that was late', async () => {
    const rows = await ask('silent-machines');
    const last = resources(STORY.silent).at(-1)!;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      slot: 'web-3',
      machine: STORY.silent,
      lastAt: Math.floor(last.writtenAt / 1000),
    });
    const silence = (Date.now() - last.writtenAt) / 1000;
    expect(Number(rows[0]!['silentSeconds'])).toBeGreaterThanOrEqual((END - last.writtenAt) / 1000 - 1);
    expect(Number(rows[0]!['silentSeconds'])).toBeLessThanOrEqual(silence + 2);
  });
});

describe('lost-points', () => {
  it('says how many points are missing and how many of them the machine dropped', async () => {
    const rows = await ask('lost-points');
    const cutOff = rows.find((row) => row['machine'] === STORY.cutOff)!;
    expect(cutOff).toMatchObject({
      lost: STORY.dropped,
      dropped: STORY.dropped,
      points: identities(ours.filter(({ identity }) => identity.machineId === STORY.cutOff)),
    });
  });

  it('is not misled by points that were written twice', async () => {
    const rows = await ask('lost-points');
    expect(rows.filter((row) => row['machine'] === STORY.repeating)).toEqual([]);
  });
});

describe('the watchers', () => {
  it('are shown machine by machine, the latest first, as they were last', async () => {
    expect(await ask('tick-lag')).toMatchObject([
      { machine: 'demo.late.1', tickLagMs: 100_000, worstTickLagMs: 100_001, stale: 1 },
      { machine: 'demo.prompt.1', tickLagMs: 4, worstTickLagMs: 5, sinceTickMs: 15_000, stale: 0 },
    ]);
  });

  it('are shown as a fleet, step by step', async () => {
    const rows = await ask('sweeps', { lastMs: 3_600_000, stepMs: 3_600_000 });
    const rearmed = rows.reduce((sum, row) => sum + Number(row['rearmedMachines']), 0);
    expect(rearmed).toBe(1);
    expect(rows[0]).toMatchObject({ watchedMachines: 2, medianLagMs: 4, staleMachines: 1, silentObjects: 0 });
    expect(Math.max(...rows.map((row) => Number(row['worstLagMs'])))).toBe(100_009);
  });

  it('make no machine less silent: what is written about it is not written by it', async () => {
    const rows = await ask('silent-machines', { lastMs: DAY });
    expect(rows.map((row) => row['slot'])).toContain(STORY.silent.split('.')[1]);
    expect(JSON.stringify(rows)).not.toContain('demo.late.1');
  });
});
