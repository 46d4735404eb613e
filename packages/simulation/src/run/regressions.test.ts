import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { specOf } from '../faults/plan.ts';
import { readRegression, readRegressions, writeRegression } from './regressions.ts';
import { runWorld } from './run-world.ts';

describe('worlds that once failed', () => {
  const kept = readRegressions();
  test.runIf(kept.length > 0).each(kept.map((one) => [one.name, one] as const))(
    '%s holds',
    (_name, { spec }) => {
      expect(runWorld(spec).violation).toBeNull();
    },
  );
});

describe('a world in a file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fettle-regressions-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is read as it was written', () => {
    const spec = specOf(5);
    const file = writeRegression(spec, 'P1 a slot leads to two machines', folder);
    expect(path.basename(file)).toBe('p1-a-slot-leads-to-two-machines-5.json');
    expect(readRegression(file)).toEqual({
      name: 'p1-a-slot-leads-to-two-machines-5',
      found: 'P1 a slot leads to two machines',
      spec,
    });
  });

  test('that is none is named', () => {
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, '{"found":"x","spec":{"seed":-1}}');
    expect(() => readRegression(file)).toThrow('broken.json does not hold a world');
  });

  test('is not missed when there is no folder', () => {
    expect(readRegressions(path.join(folder, 'none'))).toEqual([]);
  });
});
