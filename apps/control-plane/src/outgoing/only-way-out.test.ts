import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const SOURCE = path.resolve(import.meta.dirname, '..');

/** A call of the platform's `fetch`, or a hand on it; not a method of that name. */
const BARE_FETCH =
  /(?<![\w.#])(?:globalThis\.|self\.)?fetch(?=\()|[=(,:?]\s*(?:globalThis\.|self\.)?fetch\s*[,;)}\n]/;

/** Code that calls it, without comments, methods that are called so, and pages that run in a browser. */
const callsFetch = (text: string) =>
  BARE_FETCH.test(
    text
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      .replaceAll(/`(?:\\.|[^`\\])*`/g, '``')
      .replaceAll(/^\s*(?:async )?fetch\([\w,: ]*\)[^{\n]*\{/gm, '')
      .replaceAll(/^\s*fetch\([^)]*\): Promise<Response>;/gm, ''),
  );

it('finds calls of fetch, and nothing else', () => {
  for (const code of [
    'await fetch(url)',
    'const send = (request) => fetch(request);',
    'return globalThis.fetch(url);',
    'new Client({ send: fetch })',
    'const way = fetch;',
  ])
    expect([code, callsFetch(code)]).toEqual([code, true]);
  for (const code of [
    'connection.fetch(request)',
    '// fetch(url)',
    '  async fetch(request, env, execution): Promise<Response> {',
    '  fetch(url: string, init: RequestInit): Promise<Response>;',
    'prefetch(url)',
    'const { fetch: send } = connection;',
  ])
    expect([code, callsFetch(code)]).toEqual([code, false]);
});

it('has one way out: nobody but fetchOutside calls fetch', () => {
  const files = globSync('**/*.ts', { cwd: SOURCE }).filter((file) => !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(100);
  const callers = files.filter((file) => callsFetch(readFileSync(path.join(SOURCE, file), 'utf8')));
  expect(callers).toEqual(['outgoing/fetch-outside.ts']);
});
