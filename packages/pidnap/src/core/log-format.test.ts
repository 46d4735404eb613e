import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { T0 } from '../../test/builders.ts';
import type { LogLine } from '../contract/process.ts';
import { formatLogLine, parseLogLine } from './log-format.ts';

const line = (change: Partial<LogLine> = {}): LogLine => ({
  at: T0,
  stream: 'stdout',
  text: 'hello',
  partial: false,
  ...change,
});

describe('the format of the log', () => {
  it.each([
    [line(), '2026-01-15T12:00:00.000Z stdout hello\n'],
    [line({ stream: 'stderr', text: '' }), '2026-01-15T12:00:00.000Z stderr \n'],
    [line({ partial: true }), '2026-01-15T12:00:00.000Z stdout+ hello\n'],
    [line({ stream: 'pidnap', text: 'run 1: started' }), '2026-01-15T12:00:00.000Z pidnap run 1: started\n'],
  ])('writes %j as %j', (entry, text) => {
    expect(formatLogLine(entry)).toBe(text);
  });

  it.each([
    '',
    'hello',
    '2026-01-15T12:00:00.000Z',
    '2026-01-15T12:00:00.000Z stdin x',
    'T12:00:00.000Z stdout cut off',
  ])('takes %j for no entry', (text) => {
    expect(parseLogLine(text)).toBeNull();
  });

  it('reads back whatever it wrote', () => {
    const entries = fc.record({
      at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      stream: fc.constantFrom('stdout', 'stderr', 'pidnap') as fc.Arbitrary<LogLine['stream']>,
      text: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', '')),
      partial: fc.boolean(),
    });
    fc.assert(
      fc.property(entries, (entry) => {
        expect(parseLogLine(formatLogLine(entry).slice(0, -1))).toEqual(entry);
      }),
      { seed: 20_260_115 },
    );
  });
});
