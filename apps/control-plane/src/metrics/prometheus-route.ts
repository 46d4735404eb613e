import { errorCatalogue } from '@fettle/contract';
import { prometheusQuery, prometheusText } from '@fettle/metrics/prometheus';
import type { MetricsSettings } from './settings.ts';
import { askAnalytics } from './sql-api.ts';

/**
 * `GET /metrics`: the newest figures of every machine for a scrape. One query of Analytics Engine; no object is woken,
 * however many machines there are.
 */
export async function prometheusRoute(settings: MetricsSettings): Promise<Response> {
  const table = await askAnalytics(settings, prometheusQuery());
  if (!table.ok) return plain(errorCatalogue[table.code].status, `${table.message}\n`);
  return plain(200, prometheusText(table.value.rows));
}

function plain(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  });
}
