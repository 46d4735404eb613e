import { describe, expect, test } from 'vitest';
import { running, template } from '../testing/project-builders.ts';
import { versionSet } from '../testing/project-life.ts';
import type { ProjectRecord } from './record.ts';
import { wayBack } from './way-back.ts';

const BAD = versionSet('b');
const proven = (...list: [string, string, string][]): ProjectRecord => ({
  ...running(['web-1', 'web-2']),
  proven: list.map(([customer, image, slot]) => ({
    versions: versionSet(customer, { image }),
    provenAt: 0,
    lastSeenAt: 0,
    slots: [slot],
  })),
});

describe('a machine goes back to', () => {
  test.each<[string, ProjectRecord, string | null]>([
    [
      'the newest that its slot has proven',
      proven(['c', 'image-1', 'web-2'], ['a', 'image-1', 'web-1']),
      'a',
    ],
    ['else the newest of the project', proven(['c', 'image-1', 'web-2'], ['a', 'image-1', 'web-2']), 'c'],
    [
      'the same image rather than its own slot’s',
      proven(['c', 'image-2', 'web-1'], ['a', 'image-1', 'web-2']),
      'a',
    ],
    ['else another image', proven(['c', 'image-2', 'web-2']), 'c'],
    ['not what it runs', proven(['b', 'image-1', 'web-1']), null],
    ['nothing where nothing is proven', proven(), null],
  ])('%s', (_name, record, expected) => {
    expect(wayBack(record, 'web-1', BAD)?.customer[0] ?? null).toBe(expected);
  });

  test('no other image where machines keep theirs', () => {
    const record = { ...proven(['c', 'image-2', 'web-1']), template: template({ type: 'daytona' }) };
    expect(wayBack(record, 'web-1', BAD)).toBeNull();
  });

  test('nothing that is quarantined', () => {
    const record = proven(['a', 'image-1', 'web-1']);
    const quarantine = {
      versions: versionSet('a'),
      since: 0,
      by: 'person' as const,
      reason: 'x',
      machines: [],
      leftAlone: [],
    };
    expect(wayBack({ ...record, quarantines: [quarantine] }, 'web-1', BAD)).toBeNull();
  });
});
