import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** An input that broke something once: what chance made of a seed, found by a path of fast-check. */
export type Regression = { target: string; seed: number; path: string; input: string; error: string };

const folder = path.join(import.meta.dirname, 'regressions');

/**
 * What was found in a target. A path holds as long as the target's inputs are made in the same way; what broke has a test
 * of its own besides.
 */
export function regressionsOf(target: string): Regression[] {
  return globSync(`${target}-*.json`, { cwd: folder })
    .toSorted()
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Regression)
    .filter((one) => one.target === target);
}

/** Keeps one, and gives its file. */
export function keepRegression(regression: Regression): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${regression.target}-${regression.seed}.json`);
  writeFileSync(file, `${JSON.stringify(regression, null, 2)}\n`);
  return path.relative(process.cwd(), file);
}
