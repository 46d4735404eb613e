import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { count, duration, pastTime, signalName, variable } from './arguments.ts';

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);

describe('arguments', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is a duration', (text, ms) => {
    expect(duration(text)).toBe(ms);
  });

  it.each(['30', 's', '-1s', '1w', ''])('"%s" is no duration: its unit must be said', (text) => {
    expect(() => duration(text)).toThrow(InvalidArgumentError);
  });

  it.each([
    ['10m', NOW - 600_000],
    ['2026-01-15T11:00:00Z', NOW - 3_600_000],
    ['2026-01-15', Date.UTC(2026, 0, 15)],
  ])('%s is a time in the past', (text, at) => {
    expect(pastTime(text, NOW)).toBe(at);
  });

  it.each(['yesterday', '7', '2026-31-31'])('"%s" is no time', (text) => {
    expect(() => pastTime(text, NOW)).toThrow(InvalidArgumentError);
  });

  it.each(['hup', 'HUP', 'SIGHUP', 'sighup'])('%s is SIGHUP', (text) => {
    expect(signalName(text)).toBe('SIGHUP');
  });

  it('collects variables, whose values may contain anything', () => {
    expect(variable('B=x=y', variable('A='))).toEqual({ A: '', B: 'x=y' });
    expect(() => variable('=x')).toThrow(InvalidArgumentError);
    expect(() => variable('x')).toThrow(InvalidArgumentError);
  });

  it('takes whole numbers within their bounds', () => {
    expect(count(1, 10)('10')).toBe(10);
    for (const text of ['0', '11', '1.5', 'x'])
      expect(() => count(1, 10)(text)).toThrow(InvalidArgumentError);
  });
});
