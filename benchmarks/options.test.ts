import { describe, expect, test } from 'vitest';
import { readOptions } from './options.ts';

describe('a command line of the benchmarks', () => {
  test('asks for every suite and metric when it is empty', () => {
    expect(readOptions([])).toMatchObject({ suites: [], only: [], json: false });
    expect(readOptions([]).runs).toBeUndefined();
  });

  test('names metrics separated by commas, repeated, or both', () => {
    expect(readOptions(['supervisor', '--only', 'restart,start-20', '--only=memory']).only).toEqual([
      'restart',
      'start-20',
      'memory',
    ]);
  });

  test.each(['0', '-1', '1.5', 'many', ''])('is refused with --runs=%s', (runs) => {
    expect(() => readOptions([`--runs=${runs}`])).toThrow('--runs');
  });

  test('is refused with an option that there is not', () => {
    expect(() => readOptions(['--fast'])).toThrow('--fast');
  });
});
