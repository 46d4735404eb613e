import { Policy } from '@fettle/contract';
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { fillInContradictions } from './docs.ts';

const text = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');

/** Every setting of a policy as its path and its default, the ladder as one. */
function settings(value: unknown, path: string[] = []): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, below]) => settings(below, [...path, name]));
}

describe('docs/policy.md', () => {
  test('tells the rules as they are; `node_modules/.bin/node packages/core/scripts/write-policy-docs.ts` renews it', () => {
    expect(fillInContradictions(text)).toBe(text);
  });

  test.each(settings(v.parse(Policy, {})).filter(([path]) => path !== 'ladder'))(
    'has a row for %s, with its default %j',
    (path, value) => {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${path}\` | `));
      expect(row?.split(' | ')[1]).toBe(`\`${value}\``);
    },
  );

  test('has the default ladder', () => {
    const rungs = v
      .parse(Policy, {})
      .ladder.map(({ level, attempts, timeoutMs }) => `| ${level} | ${attempts} | \`${timeoutMs}\` |`);
    for (const rung of rungs) expect(text).toContain(rung);
  });

  test('has no row for a setting that does not exist', () => {
    const known = new Set(settings(v.parse(Policy, {})).map(([path]) => path));
    const [written = ''] = text.split('<!-- generated');
    const rows = [...written.matchAll(/^\| `([\w.]+)` \| /gm)].map(([, path]) => path ?? '');
    expect(rows.filter((path) => !known.has(path))).toEqual([]);
  });
});

test('a document without a place for the table is refused', () => {
  expect(() => fillInContradictions('nothing')).toThrow('expected <!-- generated: contradictions -->');
});
