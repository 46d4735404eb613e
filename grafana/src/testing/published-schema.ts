import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Schema } from './json-schema.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../../shared/contracts/grafana');

/** A schema that Grafana publishes, where a copy lies beside the repository; undefined, and said loudly, where none does. */
export function publishedSchema(name: 'dashboard' | 'alerting'): Schema | undefined {
  const file = path.join(FOLDER, `${name}.jsonschema.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Schema;
  console.warn(
    `!! NO SCHEMA OF GRAFANA BESIDE THE REPOSITORY (${file}): ${name} IS NOT CHECKED AGAINST IT !!`,
  );
  return undefined;
}
