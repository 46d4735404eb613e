import { MetricsQueryName, type MetricsQuery } from '@fettle/contract';
import { describe, expect, it } from 'vitest';
import { buildQuery, QUERIES, stepFor } from './queries.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAMES = MetricsQueryName.options;

function sqlOf(name: MetricsQueryName, overrides: Partial<MetricsQuery> = {}): string {
  return buildQuery({ name, project: 'demo', ...overrides }).sql;
}

/** Text of one clause, e.g. `GROUP BY` without the words. */
function clause(sql: string, word: string): string {
  return (
    sql
      .split('\n')
      .find((line) => line.startsWith(`${word} `))
      ?.slice(word.length + 1) ?? ''
  );
}

describe.each(NAMES)('%s', (name) => {
  it('asks for its own project only', () => {
    expect(sqlOf(name)).toContain("AND blob2 = 'demo'");
  });

  it('asks for one machine when one is named', () => {
    expect(sqlOf(name, { machineId: 'demo.web-1.2' })).toContain("AND index1 = 'demo.web-1.2'");
    expect(sqlOf(name)).not.toContain("index1 = '");
  });

  it('looks back as far as it is told, by the time of writing and of measurement', () => {
    const sql = sqlOf(name, { lastMs: 2 * HOUR });
    expect(sql).toContain("WHERE timestamp > now() - INTERVAL '7200' SECOND");
    expect(sql).toContain('AND double5 > toUnixTimestamp(now()) - 7200');
  });

  it('gives back the columns that it selects, in order', () => {
    const { sql, columns } = buildQuery({ name, project: 'demo' });
    const selected = [...sql.split('\nFROM ')[0]!.matchAll(/ AS (\w+)(?:,|$)/gm)].map((match) => match[1]);
    expect(columns.map((entry) => entry.name)).toEqual(selected);
    expect(new Set(selected).size).toBe(selected.length);
  });

  it('groups and orders only by what it selects, which the dialect asks for', () => {
    const sql = sqlOf(name);
    const columns = buildQuery({ name, project: 'demo' }).columns.map((entry) => entry.name);
    const used = [...clause(sql, 'GROUP BY').split(', '), ...clause(sql, 'ORDER BY').split(', ')];
    expect(used.map((word) => word.replace(/ DESC$/, '')).filter((word) => !columns.includes(word))).toEqual(
      [],
    );
  });

  it('stays far below the 10,000 characters that production takes', () => {
    const longest = `a${'b'.repeat(30)}`;
    const sql = sqlOf(name, { project: longest, machineId: `${longest}.${longest}.123456789` });
    expect(sql.length).toBeLessThan(5000);
  });

  it('has a limit, its own or the given one', () => {
    expect(clause(sqlOf(name), 'LIMIT')).toBe(String(QUERIES[name].limit));
    expect(clause(sqlOf(name, { limit: 7 }), 'LIMIT')).toBe('7');
  });

  it('refuses a name that cannot be quoted', () => {
    expect(() => sqlOf(name, { project: "x' OR 1=1 --" })).toThrow(RangeError);
    expect(() => sqlOf(name, { machineId: "x'" })).toThrow(RangeError);
  });

  it('says in one line what it answers', () => {
    expect(QUERIES[name].about).toMatch(/^[A-Z][^\n.]{10,80}$/);
  });
});

describe('rows over time', () => {
  const overTime = NAMES.filter((name) => QUERIES[name].stepMs !== null);

  it.each(overTime)('of %s start where a step starts, by the time of measurement', (name) => {
    expect(sqlOf(name, { stepMs: 120_000 })).toContain('intDiv(toUInt32(double5), 120) * 120 AS time');
  });

  it.each(overTime)('of %s come newest first, so that a limit cuts the oldest', (name) => {
    expect(clause(sqlOf(name), 'ORDER BY')).toMatch(/^time DESC/);
  });

  it.each([
    { lastMs: 60_000, stepMs: 60_000 },
    { lastMs: HOUR, stepMs: 60_000 },
    { lastMs: 6 * HOUR, stepMs: 300_000 },
    { lastMs: DAY, stepMs: 900_000 },
    { lastMs: 7 * DAY, stepMs: HOUR },
    { lastMs: 30 * DAY, stepMs: 6 * HOUR },
    { lastMs: 90 * DAY, stepMs: DAY },
  ])('over $lastMs ms have steps of $stepMs ms by themselves', ({ lastMs, stepMs }) => {
    expect(stepFor(lastMs)).toBe(stepMs);
    expect(sqlOf('cpu-by-machine', { lastMs })).toBe(sqlOf('cpu-by-machine', { lastMs, stepMs }));
  });

  it('have steps of whole seconds, and never of none', () => {
    expect(sqlOf('cpu-by-machine', { stepMs: 1400 })).toContain(', 1) * 1 AS time');
    expect(sqlOf('cpu-by-machine', { stepMs: 1600 })).toContain(', 2) * 2 AS time');
  });

  it.each([
    ['hourly', 3600],
    ['daily', 86_400],
    ['restarts-per-hour', 3600],
  ] as const)('of %s keep their step of %d s', (name, seconds) => {
    expect(sqlOf(name, { stepMs: 1000 })).toContain(
      `intDiv(toUInt32(double5), ${seconds}) * ${seconds} AS time`,
    );
  });
});

describe('a mean', () => {
  it('leaves out what is not known, weighs by what a row stands for, and never divides by zero', () => {
    expect(sqlOf('top-cpu')).toContain(
      'if(countIf(double1 >= 0) > 0, sumIf(double1 * _sample_interval, double1 >= 0) / ' +
        'sumIf(_sample_interval, double1 >= 0), -1.0) AS cpuPercent',
    );
  });
});

describe('a count', () => {
  it('of restarts takes each number of a boot once, however often it was written', () => {
    const sql = sqlOf('restarts-per-hour');
    expect(sql).toContain(
      "count(DISTINCT format('{} {}', blob11, double2)) * sum(_sample_interval) / count() AS restarts",
    );
    expect(sql).toContain("AND blob6 = 'backing-off'");
  });

  it('of lost points compares the numbers of a boot with the points that are there', () => {
    expect(sqlOf('lost-points')).toContain('max(double6) - min(double6) + 1 - count(DISTINCT double6)');
    expect(clause(sqlOf('lost-points'), 'HAVING')).toBe('lost >= 1 OR dropped >= 1');
  });
});

describe('silent machines', () => {
  it('are judged by slot, so that a machine that was replaced is none', () => {
    const sql = sqlOf('silent-machines');
    expect(clause(sql, 'GROUP BY')).toBe('slot');
    expect(clause(sql, 'HAVING')).toBe('silentSeconds >= 180');
  });
});

describe('rows of events', () => {
  it.each(['process-changes', 'slowest-starts'] as const)(
    'of %s are grouped by what tells them apart',
    (name) => {
      expect(clause(sqlOf(name), 'GROUP BY')).toContain('boot');
    },
  );
});
