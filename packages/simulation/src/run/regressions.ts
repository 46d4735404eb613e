/** Worlds that once failed. They are kept as files and run before anything else. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { WorldSpec } from '../world/spec.ts';

/** Where they are kept. */
export const REGRESSIONS = path.resolve(import.meta.dirname, '../../regressions');

const RegressionFile = v.strictObject({
  /** What did not hold when the file was written. */
  found: v.string(),
  spec: WorldSpec,
});

export type Regression = v.InferOutput<typeof RegressionFile> & { name: string };

/** Reads one file; throws an error that names it when it is no world. */
export function readRegression(file: string): Regression {
  const name = path.basename(file, '.json');
  try {
    return { name, ...v.parse(RegressionFile, JSON.parse(readFileSync(file, 'utf8'))) };
  } catch (error) {
    throw new Error(`${file} does not hold a world: ${String(error)}`, { cause: error });
  }
}

/** All that are kept, by name. */
export function readRegressions(folder = REGRESSIONS): Regression[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => readRegression(path.join(folder, file)));
}

/** Keeps a world that failed, under a name that tells what did not hold; returns the file. */
export function writeRegression(spec: WorldSpec, found: string, folder = REGRESSIONS): string {
  mkdirSync(folder, { recursive: true });
  const words = found.toLowerCase().match(/[a-z0-9]+/g) ?? ['world'];
  const file = path.join(folder, `${words.slice(0, 8).join('-')}-${spec.seed}.json`);
  writeFileSync(file, `${JSON.stringify({ found, spec }, null, 2)}\n`);
  return file;
}
