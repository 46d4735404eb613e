import { errorCatalogue, type ErrorCode } from '@fettle/contract';
import { prometheusQuery, prometheusText } from '@fettle/metrics/prometheus';
import { prometheusWatchQuery, prometheusWatchText } from '@fettle/metrics/prometheus-watch';
import type { MetricsSettings } from './settings.ts';
import { askAnalytics } from './sql-api.ts';

/**
 * `GET /metrics`: the newest figures of every machine, and of those who watch them, for a scrape. Two queries of
 * Analytics Engine; no object is woken, however many machines there are.
 */
export async function prometheusRoute(settings: MetricsSettings): Promise<Response> {
  const [machines, watchers] = await Promise.all([
    askAnalytics(settings, prometheusQuery()),
    askAnalytics(settings, prometheusWatchQuery()),
  ]);
  if (!machines.ok) return failed(machines);
  if (!watchers.ok) return failed(watchers);
  return plain(200, prometheusText(machines.value.rows) + prometheusWatchText(watchers.value.rows));
}

function failed({ code, message }: { code: ErrorCode; message: string }): Response {
  return plain(errorCatalogue[code].status, `${message}\n`);
}

function plain(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  });
}
