import { alertGroup } from '../alerts.ts';
import type { ClickhouseQuery } from '../clickhouse-query.ts';
import { dashboards } from '../files.ts';

/** A query as the plugin gets it, and where it is from. */
export type PlacedQuery = { place: string; query: ClickhouseQuery };

/** Queries of every panel. */
export function panelQueries(): PlacedQuery[] {
  return [...dashboards()].flatMap(([name, { panels = [] }]) =>
    panels.flatMap((panel) =>
      'targets' in panel
        ? (panel.targets ?? []).map((target) => {
            const query = target as unknown as ClickhouseQuery;
            return { place: `${name}: ${panel.title} (${query.refId})`, query };
          })
        : [],
    ),
  );
}

/** Queries of every alert rule, with how many seconds they look back. */
export function alertQueries(): (PlacedQuery & { lookBack: number })[] {
  return (alertGroup().rules ?? []).map(({ uid, data }) => {
    const { model, relativeTimeRange } = data[0]!;
    return {
      place: `alert: ${uid}`,
      query: model as unknown as ClickhouseQuery,
      lookBack: relativeTimeRange!.from!,
    };
  });
}

/** What a statement selects, by name, in order. */
export function selectedNames(sql: string): string[] {
  return [...sql.split('\nFROM ')[0]!.matchAll(/ AS (\w+)(?:,|$)/gm)].map((match) => match[1]!);
}
