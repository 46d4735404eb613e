import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTime, scheduleProblems } from './schedule.ts';

const BERLIN = 'Europe/Berlin';

/** The next `count` times after a moment, in UTC, to the minute. */
function times(cron: string, after: string, count: number, timezone = BERLIN): string[] {
  const found: string[] = [];
  let at: number | null = Date.parse(after);
  while (found.length < count) {
    at = nextTime({ cron, timezone, overlap: 'skip' }, at);
    if (at === null) return [...found, 'never'];
    found.push(new Date(at).toISOString().replace(/:00\.000Z$/, 'Z'));
  }
  return found;
}

describe('the next time of a schedule', () => {
  it.each([
    ['* * * * *', '2026-01-15T12:00:00Z', ['2026-01-15T12:01Z', '2026-01-15T12:02Z']],
    ['* * * * *', '2026-01-15T12:00:59.999Z', ['2026-01-15T12:01Z', '2026-01-15T12:02Z']],
    ['*/20 * * * *', '2026-01-15T12:00:01Z', ['2026-01-15T12:20Z', '2026-01-15T12:40Z']],
    ['30 2 * * *', '2026-01-15T12:00:00Z', ['2026-01-16T01:30Z', '2026-01-17T01:30Z']],
    ['0 0 29 2 *', '2026-01-15T12:00:00Z', ['2028-02-28T23:00Z', '2032-02-28T23:00Z']],
    ['@daily', '2026-01-15T12:00:00Z', ['2026-01-15T23:00Z', '2026-01-16T23:00Z']],
    ['15 30 2 * * *', '2026-01-15T12:00:00Z', ['2026-01-16T01:30:15.000Z', '2026-01-17T01:30:15.000Z']],
    ['0 9 * * MON-FRI', '2026-01-16T12:00:00Z', ['2026-01-19T08:00Z', '2026-01-20T08:00Z']],
    ['0 0 31 2 *', '2026-01-15T12:00:00Z', ['never']],
  ])('of "%s" in Berlin, after %s: %j', (cron, after, expected) => {
    expect(times(cron, after, expected.length === 1 ? 1 : 2)).toEqual(expected);
  });

  it('is strictly later, so that a time that was met does not come again', () => {
    expect(times('0 12 * * *', '2026-01-15T12:00:00.000Z', 1, 'UTC')).toEqual(['2026-01-16T12:00Z']);
    expect(times('0 12 * * *', '2026-01-15T11:59:59.999Z', 1, 'UTC')).toEqual(['2026-01-15T12:00Z']);
  });

  it('lies in the future and on a whole second, whatever the moment', () => {
    const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
    const patterns = fc.constantFrom('* * * * *', '30 2 * * *', '0 2,14 * * *', '*/7 3 * * *', '@weekly');
    fc.assert(
      fc.property(moments, patterns, (after, cron) => {
        const next = nextTime({ cron, timezone: BERLIN, overlap: 'skip' }, after);
        expect(next).toBeGreaterThan(after);
        expect((next ?? 0) % 1000).toBe(0);
      }),
      { numRuns: 300, seed: 20_260_115 },
    );
  });
});

// On 2026-03-29 the clocks of Berlin go from 02:00 to 03:00 (01:00 UTC), on 2026-10-25 from 03:00 back to 02:00.
describe('when summer time begins', () => {
  it.each([
    [
      'a time that is left out comes right after the gap',
      '30 2 * * *',
      ['2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    ['also one of several times a day', '30 2,14 * * *', ['2026-03-29T01:00Z', '2026-03-29T12:30Z']],
    ['a time before the gap is as always', '30 1 * * *', ['2026-03-29T00:30Z', '2026-03-29T23:30Z']],
    ['each quarter follows the clock', '*/30 * * * *', ['2026-03-28T23:30Z', '2026-03-29T00:00Z']],
  ])('%s', (_name, cron, expected) => {
    expect(times(cron, '2026-03-28T23:00:00Z', 2)).toEqual(expected);
  });

  it('every half hour leaves out what does not exist', () => {
    expect(times('*/30 * * * *', '2026-03-29T00:15:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ]);
  });
});

describe('when summer time ends', () => {
  it('a time that occurs twice comes once', () => {
    expect(times('30 2 * * *', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  it('every half hour comes each time, five times from half past one to half past three', () => {
    expect(times('30 * * * *', '2026-10-24T23:00:00Z', 4)).toEqual([
      '2026-10-24T23:30Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:30Z',
    ]);
  });
});

describe('scheduleProblems', () => {
  const problems = (cron: string, timezone?: string) => scheduleProblems({ cron, timezone, overlap: 'skip' });

  it.each(['* * * * *', '30 2 * * *', '0 0 29 2 *', '@hourly', '*/5 * * * * *', '0 9 * JAN-MAR MON,FRI'])(
    'finds nothing wrong with "%s"',
    (cron) => {
      expect(problems(cron)).toEqual([]);
      expect(problems(cron, BERLIN)).toEqual([]);
    },
  );

  it.each([
    ['60 * * * *', /^cron: expected .* got "60 \* \* \* \*" \(Invalid value for minute: 60\)$/],
    ['* * * *', /^cron: expected five or six cron fields or a name such as "@daily", got "\* \* \* \*"/],
    ['0 0 0 1 1 * 2030', /^cron: expected five or six cron fields/],
    ['every day', /^cron: expected/],
    ['@reboot', /^cron: expected/],
    ['? * * * *', /^cron: expected/],
    ['2030-01-01T00:00:00', /^cron: expected/],
    ['0 0 31 2 *', /^cron: expected a time that ever comes, got "0 0 31 2 \*"$/],
  ])('refuses "%s"', (cron, sentence) => {
    expect(problems(cron)).toHaveLength(1);
    expect(problems(cron)[0]).toMatch(sentence);
  });

  it.each(['Europe/Berln', 'Mars/Olympus', ' '])('refuses the time zone "%s"', (timezone) => {
    expect(problems('* * * * *', timezone)).toEqual([
      `timezone: expected the IANA name of a time zone, got "${timezone}"`,
    ]);
  });
});
