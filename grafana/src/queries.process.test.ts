import {
  engineOfPoints,
  type EngineOfPoints,
  type SqlAnswer,
} from '@fettle/metrics/testing/engine-of-points';
import { fleetDay, STORY } from '@fettle/metrics/testing/fleet-day';
import { watchedFleet } from '@fettle/metrics/testing/watched-fleet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickhouseQuery } from './clickhouse-query.ts';
import { expand, type Range } from './testing/expand.ts';
import { alertQueries, panelQueries } from './testing/queries.ts';
import { VARIABLE_SQL } from './variables.ts';

// Every query as the plugin sends it. The end is now, because some statements say now().
const END = Date.now();
const HOUR = 3_600_000;
const to = Math.floor(END / 1000);
const VARIABLES = { project: 'demo', machine: STORY.crashing };
const LAST_DAY: Range = { from: to - 86_400, to, interval: 300, variables: VARIABLES };

let engine: EngineOfPoints;
beforeAll(async () => {
  engine = await engineOfPoints(fleetDay(END), watchedFleet(END));
});
afterAll(() => engine.close());

function ask(query: ClickhouseQuery, range: Range = LAST_DAY): Promise<SqlAnswer> {
  return engine.ask(expand(query, range));
}

function panel(place: string): ClickhouseQuery {
  return panelQueries().find((placed) => placed.place === place)!.query;
}

function alert(uid: string): Promise<SqlAnswer['data']> {
  const { query, lookBack } = alertQueries().find((placed) => placed.place === `alert: ${uid}`)!;
  return ask(query, { from: to - lookBack, to, interval: 60 }).then(({ data }) => data);
}

describe.each(panelQueries())('$place', ({ query }) => {
  it('has rows that the plugin can show', async () => {
    const { meta, data } = await ask(query);
    expect(data.length).toBeGreaterThan(0);
    expect(JSON.stringify(data)).not.toContain(STORY.foreign);
    // What divides by zero is null, and has no place in an answer.
    for (const row of data) expect(Object.values(row)).not.toContain(null);
    if (query.format === 'table') return;
    expect(meta[0]).toMatchObject({ name: 't', type: expect.stringMatching(/^UInt/) });
    const times = data.map((row) => Number(row['t']));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(END - 25 * HOUR);
    expect(times.at(-1)).toBeLessThanOrEqual(END);
  });
});

describe('lines', () => {
  it('show what was written late where it was measured', async () => {
    const query = panel('machine: Cpu (A)');
    const variables = { ...VARIABLES, machine: STORY.cutOff };
    const { data } = await ask(query, { from: to - 5 * 3600, to: to - 4.5 * 3600, interval: 60, variables });
    expect(data.length).toBeGreaterThanOrEqual(25);
  });

  it('have a hole where the machine could not tell', async () => {
    const variables = { ...VARIABLES, machine: STORY.forgetful };
    const range = { from: to - 8.8 * 3600, to: to - 8.2 * 3600, interval: 60, variables };
    expect((await ask(panel('machine: Cpu (A)'), range)).data).toEqual([]);
    expect((await ask(panel('machine: Disk (A)'), range)).data.length).toBeGreaterThan(10);
  });
});

describe('tables', () => {
  it('of generations have the machine that was replaced and its successor', async () => {
    const { data } = await ask(panel('recovery: Generations (A)'));
    const machines = data.filter((row) => row['slot'] === 'web-6').map((row) => row['machine']);
    expect(machines).toEqual([STORY.successor, STORY.replaced]);
  });

  it('of versions have both sets of a machine that was changed', async () => {
    const { data } = await ask(panel('recovery: Versions (A)'));
    expect(data.filter((row) => row['machine'] === STORY.crashing)).toHaveLength(2);
  });

  it('of silent slots have the one machine that is silent', async () => {
    const { data } = await ask(panel('fleet: Silent slots (A)'));
    expect(data.map((row) => row['machine'])).toEqual([STORY.silent]);
  });

  it('of restarts count each once', async () => {
    const { data } = await ask(panel('processes: Most restarts (A)'));
    expect(data).toMatchObject([{ machine: STORY.crashing, process: 'web', restarts: 9 }]);
    expect((await ask(panel('fleet: Restarts (A)'))).data).toMatchObject([{ restarts: 9 }]);
  });
});

describe.each(alertQueries())('$place', ({ query, lookBack }) => {
  it('has rows with a time, labels and a number for the rule to judge', async () => {
    // A rule looks back for minutes; whether its statement runs and answers is seen over the day.
    const { meta, data } = await ask(query, {
      from: Math.min(to - lookBack, LAST_DAY.from),
      to,
      interval: 60,
    });
    expect(data.length).toBeGreaterThan(0);
    expect(meta[0]).toMatchObject({ name: 't', type: expect.stringMatching(/^UInt/) });
    const numbers = meta.slice(1).filter(({ type }) => type !== 'String');
    expect(numbers).toHaveLength(1);
    for (const row of data) expect(Number.isFinite(Number(row[numbers[0]!.name]))).toBe(true);
  });
});

describe('alert rules', () => {
  it('find the silent slot, and no other', async () => {
    const silent = (await alert('fettle-silent-machine')).filter((row) => Number(row['silentSeconds']) > 180);
    expect(silent).toMatchObject([{ slot: 'web-3', machine: STORY.silent }]);
  });

  it('find the crash loop of the last minutes', async () => {
    expect(await alert('fettle-crash-loop')).toMatchObject([
      { machine: STORY.crashing, process: 'web', restarts: 4 },
    ]);
  });

  it('find the slow start of the last half hour', async () => {
    expect(await alert('fettle-slow-start')).toMatchObject([
      { machine: STORY.crashing, timeToReadyMs: 61_000 },
    ]);
  });

  it('find the busy machine, by what each of its points stands for', async () => {
    const busy = (await alert('fettle-cpu-high')).filter((row) => Number(row['cpuPercent']) > 90);
    expect(busy.map((row) => row['machine'])).toEqual(expect.arrayContaining([STORY.sampled]));
  });

  it('see that data is there, and that it is not', async () => {
    expect(Number((await alert('fettle-missing-data'))[0]!['points'])).toBeGreaterThan(0);
    const { query } = alertQueries()[0]!;
    const before = await ask(query, { from: to - 40 * 86_400, to: to - 39 * 86_400, interval: 60 });
    expect(before.data.map((row) => Number(row['points']))).toEqual([0]);
  });
});

describe('pickers', () => {
  it('offer the projects and the machines that there are', async () => {
    const query = (sql: string) => engine.ask(`${sql.replace('${project:sqlstring}', "'demo'")} FORMAT JSON`);
    expect((await query(VARIABLE_SQL.project)).data).toEqual([{ project: 'demo' }, { project: 'other' }]);
    const machines = (await query(VARIABLE_SQL.machine)).data.map((row) => row['machine']);
    expect(machines).toContain(STORY.successor);
    expect(machines).not.toContain(STORY.foreign);
  });
});

describe('the plugin’s own macros', () => {
  it('would be accepted as well', async () => {
    const { query } = panelQueries()[0]!;
    const sql =
      'SELECT $timeSeries AS t, sum(_sample_interval) AS points FROM machine_metrics WHERE $timeFilter GROUP BY t ORDER BY t';
    const { data } = await ask({ ...query, query: sql });
    expect(data.length).toBeGreaterThan(100);
  });
});
