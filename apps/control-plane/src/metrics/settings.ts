import * as v from 'valibot';
import { httpUrl } from '../http-url.ts';

const everyMs = v.pipe(
  v.string(),
  v.regex(/^\d{1,9}$/, 'expected a whole number of milliseconds'),
  v.transform(Number),
  v.minValue(1000, 'expected at least 1000 (1 s)'),
  v.maxValue(3_600_000, 'expected at most 3600000 (1 h)'),
);

const headers = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return readHeaders(dataset.value);
    } catch {
      // The text may hold a token, so that nothing of it is repeated.
      addIssue({ message: 'expected name=value,name=value with values percent-encoded' });
      return NEVER;
    }
  }),
);

/** Variables about metrics; all may be left out. */
export const MetricsVariables = v.object({
  /** Where Analytics Engine is asked: `https://api.cloudflare.com/client/v4/accounts/<id>/analytics_engine/sql`. */
  FETTLE_ANALYTICS_URL: v.optional(httpUrl),
  /** API token that may read the account's analytics. */
  FETTLE_ANALYTICS_TOKEN: v.optional(v.pipe(v.string(), v.minLength(1, 'expected a token'))),
  /** How often machines report, in milliseconds: 1 s to 1 h. */
  FETTLE_METRICS_EVERY_MS: v.optional(everyMs, '30000'),
  /** Whether `GET /metrics` answers in the text format of Prometheus. */
  FETTLE_PROMETHEUS: v.optional(v.picklist(['on', 'off'], 'expected on or off'), 'off'),
  /** Where every report is sent as OTLP/HTTP JSON as well, in full: `https://collector.example/v1/metrics`. */
  FETTLE_OTLP_URL: v.optional(httpUrl),
  /** Headers of these requests, as OTEL_EXPORTER_OTLP_HEADERS has them: `name=value,name=value`, percent-encoded. */
  FETTLE_OTLP_HEADERS: v.optional(headers),
});
export type MetricsVariables = Partial<Record<keyof typeof MetricsVariables.entries, string>>;
export type MetricsSettings = v.InferOutput<typeof MetricsVariables>;

const known = new WeakMap<MetricsVariables, MetricsSettings>();

/** The settings about metrics. Throws an error that names the variable and what is expected of it, never its value. */
export function metricsSettings(variables: MetricsVariables): MetricsSettings {
  let settings = known.get(variables);
  if (settings === undefined) {
    settings = readSettings(variables);
    known.set(variables, settings);
  }
  return settings;
}

function readSettings(variables: MetricsVariables): MetricsSettings {
  const parsed = v.safeParse(MetricsVariables, variables);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new Error(`${v.getDotPath(issue)}: ${issue.message}`);
}

function readHeaders(text: string): [string, string][] {
  const pairs = text.split(',').map((pair): [string, string] => {
    const [, name, value] = /^\s*([\w-]+)\s*=(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw new Error('no pair of name and value');
    return [name, decodeURIComponent(value.trim())];
  });
  // Refuses what no header may hold.
  return [...new Headers(pairs)];
}
