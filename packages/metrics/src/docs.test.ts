import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fillIn } from './docs.ts';
import { LAYOUT } from './layout.ts';

const DOCS = new URL('../../../docs/metrics.md', import.meta.url);

describe('docs/metrics.md', () => {
  const text = readFileSync(DOCS, 'utf8');

  it('says what the layout and the queries say; `node_modules/.bin/node packages/metrics/scripts/write-docs.ts` renews it', () => {
    expect(fillIn(text)).toBe(text);
  });

  it('has every column', () => {
    for (const { column, name } of LAYOUT) expect(text).toContain(`| \`${column}\` | \`${name}\` |`);
  });
});

describe('fillIn', () => {
  const part = (name: string) => `<!-- generated: ${name} -->\nSTALE\n<!-- end -->\n`;
  const all = part('layout') + part('queries') + part('sql');

  it('replaces what is generated and keeps what people wrote', () => {
    const filled = fillIn(`before\n${all}after\n`);
    expect(filled).toMatch(/^before\n[\s\S]*after\n$/);
    expect(filled).not.toContain('STALE');
    expect(fillIn(filled)).toBe(filled);
  });

  it('refuses a part that nobody generates, one that is missing, and one without an end', () => {
    expect(() => fillIn(all + part('figures'))).toThrow('nothing is generated under the name figures');
    expect(() => fillIn(part('layout') + part('sql'))).toThrow('expected a part for queries');
    expect(() => fillIn(`<!-- generated: layout -->\n${all}`)).toThrow(
      'expected <!-- end --> after the part layout',
    );
  });
});
