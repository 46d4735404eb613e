import { describe, expect, it } from 'vitest';
import { dashboards } from './files.ts';
import { violations } from './testing/json-schema.ts';
import { publishedSchema } from './testing/published-schema.ts';
import { panelQueries, selectedNames } from './testing/queries.ts';

const schema = publishedSchema('dashboard');

describe.each([...dashboards()])('dashboard %s', (name, dashboard) => {
  it.skipIf(schema === undefined)('satisfies Grafana’s schema', () => {
    // As it is in the file: what is undefined is not there.
    expect(violations(JSON.parse(JSON.stringify(dashboard)), schema!)).toEqual([]);
  });

  it('is found under its own id', () => {
    expect(dashboard.uid).toBe(`fettle-${name}`);
  });

  it('has panels with a number, a title and a sentence each, which lie side by side', () => {
    const cells = new Set<string>();
    for (const { id, title, description, gridPos } of (dashboard.panels ?? []) as PlacedPanel[]) {
      expect([typeof id, title, description]).toEqual([
        'number',
        expect.stringMatching(/./),
        expect.stringMatching(/\.$/),
      ]);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells).not.toContain(`${x},${y}`);
          cells.add(`${x},${y}`);
        }
    }
    expect(cells.size).toBeGreaterThan(0);
  });
});

type PlacedPanel = {
  id?: number;
  title?: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
};

describe.each(panelQueries())('the query of $place', ({ query: { query } }) => {
  it('reads the table by its own name, because the plugin puts a database before its macro', () => {
    expect(query).toContain('FROM machine_metrics\n');
  });

  it('bounds the time of writing and of measurement, and asks for the picked project', () => {
    expect(query).toContain('$dateTimeCol >= toDateTime($from)');
    expect(query).toContain('double5 >= $from');
    expect(query).toContain('blob2 IN (${project:sqlstring})');
  });

  it('uses only macros that end in documented functions', () => {
    const macros = new Set(query.match(/\$\w+/g));
    expect(
      [...macros].filter((macro) => !['$dateTimeCol', '$from', '$to', '$interval'].includes(macro)),
    ).toEqual([]);
  });
});

const lines = panelQueries().filter(({ query }) => query.format === 'time_series');

describe.each(lines)('the lines of $place', ({ query: { query } }) => {
  it('have the time first, and one value where names tell them apart', () => {
    const names = selectedNames(query);
    const groups = /GROUP BY (.*)/.exec(query)![1]!.split(', ');
    expect(names[0]).toBe('t');
    expect(groups[0]).toBe('t');
    // The plugin names a line by its group alone: two values would become one line.
    if (groups.length > 1) expect(names).toHaveLength(groups.length + 1);
  });
});
