import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CAPABILITIES } from '@fettle/contract/capabilities';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  capabilityTable,
  conformanceTable,
  mergeShown,
  RUNS,
  Shown,
  withGenerated,
} from './capability-table.ts';

const docs = path.resolve(import.meta.dirname, '../docs');

describe('docs/providers.md', () => {
  const document = readFileSync(path.join(docs, 'providers.md'), 'utf8');
  const shown = v.parse(Shown, JSON.parse(readFileSync(path.join(docs, 'conformance.json'), 'utf8')));

  it('tells what machine types can as the code has it (node scripts/capabilities.ts writes it)', () => {
    expect(withGenerated(document, 'capabilities', capabilityTable(CAPABILITIES))).toBe(document);
  });

  it('tells what the suite has shown, of every provider, and nothing failed', () => {
    expect(withGenerated(document, 'conformance', conformanceTable(shown))).toBe(document);
    expect(shown.map(({ provider }) => provider)).toEqual(Object.keys(RUNS));
    expect(shown.flatMap(({ checks }) => checks).filter(({ outcome }) => outcome === 'fail')).toEqual([]);
  });
});

describe('the tables', () => {
  const pass = { name: 'starts', outcome: 'pass' as const };

  it('have a column for each provider, and nothing where a check is not asked of it', () => {
    const other = { name: 'rebuilds', outcome: 'pass' as const };
    expect(
      conformanceTable([
        { provider: 'a', checks: [pass, other] },
        { provider: 'b', checks: [{ ...pass, outcome: 'fail' }] },
      ]),
    ).toBe('| what is shown | a | b |\n| --- | --- | --- |\n| starts | ✓ | ✗ |\n| rebuilds | ✓ |  |');
  });

  it('take the newer run of a provider', () => {
    const older = [
      { provider: 'b', checks: [] },
      { provider: 'a', checks: [] },
    ];
    const fake = { provider: 'a fake', checks: [] };
    expect(mergeShown(older, [{ provider: 'b', checks: [pass] }, fake])).toEqual([
      fake,
      { provider: 'b', checks: [pass] },
      { provider: 'a', checks: [] },
    ]);
  });

  it('go where they belong, or say that the place is missing', () => {
    expect(withGenerated('a <!-- x -->old<!-- /x --> b', 'x', 'new')).toBe(
      'a <!-- x -->\nnew\n<!-- /x --> b',
    );
    expect(() => withGenerated('a', 'x', 'new')).toThrow('the document lacks <!-- x -->');
  });
});
