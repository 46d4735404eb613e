import { describe, expect, it } from 'vitest';
import { definition } from '../../test/builders.ts';
import { effectiveDefinitions, standingOverrides } from './overlay.ts';

const A = definition({ command: ['a'] });
const B = definition({ command: ['b'] });

describe('standingOverrides', () => {
  it.each([
    ['an added process', null, undefined, true],
    ['an added process whose name the file now uses', null, 'd2', false],
    ['an update of an unchanged definition', 'd1', 'd1', true],
    ['an update of a definition that changed', 'd1', 'd2', false],
    ['an update of a definition that is gone', 'd1', undefined, false],
  ])('%s stands: %s -> %s: %s', (_what, baseDigest, now, stands) => {
    const base: Record<string, string> = now === undefined ? {} : { web: now };
    const kept = standingOverrides({ web: { baseDigest, definition: A } }, base);
    expect('web' in kept).toBe(stands);
  });
});

describe('effectiveDefinitions', () => {
  it('are those of the config file when nothing was said through the API', () => {
    expect(effectiveDefinitions({ web: A }, {})).toEqual({ web: { definition: A, source: 'config' } });
  });

  it('are replaced by updates, in the place of the file', () => {
    const merged = effectiveDefinitions({ web: A, db: A }, { web: { baseDigest: 'd', definition: B } });
    expect(Object.entries(merged)).toEqual([
      ['web', { definition: B, source: 'api' }],
      ['db', { definition: A, source: 'config' }],
    ]);
  });

  it('have added ones at the end', () => {
    const merged = effectiveDefinitions({ web: A }, { task: { baseDigest: null, definition: B } });
    expect(Object.keys(merged)).toEqual(['web', 'task']);
    expect(merged['task']?.source).toBe('api');
  });

  it('miss removed ones', () => {
    expect(effectiveDefinitions({ web: A, db: B }, { web: { baseDigest: 'd', definition: null } })).toEqual({
      db: { definition: B, source: 'config' },
    });
  });
});
