import {
  define,
  MOMENT,
  TEXT_LITERAL,
  type Argument,
  type FunctionDefinition,
  type GivenArgument,
} from './definition.ts';

const CONVERTIBLE: Argument = { types: ['Integer', 'Double', 'String', 'DateTime', 'Date'] };
const PERIOD: Argument = { types: ['Interval'], literal: true };

/** Unix seconds, a date, or `YYYY-MM-DD hh:mm:ss`. */
const TIME_TEXT = /^(?:\d{5,10}|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2})?)$/;

export const DATE_TIME: readonly FunctionDefinition[] = [
  define({
    name: 'formatDateTime',
    group: 'date and time',
    signature: 'formatDateTime(datetime, format[, timezone])',
    required: [MOMENT, TEXT_LITERAL],
    optional: [TEXT_LITERAL],
    result: 'String',
  }),
  define({ name: 'now', group: 'date and time', signature: 'now()', result: 'DateTime' }),
  define({ name: 'today', group: 'date and time', signature: 'today()', since: '2025-11', result: 'Date' }),
  define({
    name: 'toDateTime',
    group: 'date and time',
    signature: "toDateTime(expression[, 'timezone'])",
    required: [CONVERTIBLE],
    optional: [TEXT_LITERAL],
    result: 'DateTime',
    check: checkTimeText,
  }),
  part('toYear'),
  part('toMonth'),
  part('toDayOfMonth'),
  part('toDayOfWeek'),
  part('toHour'),
  part('toMinute'),
  part('toSecond'),
  { ...part('toUnixTimestamp'), since: null },
  define({
    name: 'toStartOfInterval',
    group: 'date and time',
    signature: "toStartOfInterval(datetime, INTERVAL 'n' UNIT[, timezone])",
    runsAs: 'the Date that ClickHouse gives for months and years is made a DateTime',
    required: [MOMENT, PERIOD],
    optional: [TEXT_LITERAL],
    result: 'DateTime',
    check: ([, period]) =>
      period?.literal?.kind === 'interval' && period.literal.digits === '0'
        ? 'the interval must be longer than 0 in'
        : null,
    emit: ({ args }) => {
      const [moment, , timezone = `timezoneOf(${moment})`] = args;
      return `toDateTime(toStartOfInterval(${args.join(', ')}), ${timezone})`;
    },
  }),
  startOfDate('toStartOfYear', ''),
  startOfDate('toStartOfMonth', ''),
  startOfDate('toStartOfWeek', ', 1'),
  start('toStartOfDay'),
  start('toStartOfHour'),
  start('toStartOfFifteenMinutes'),
  start('toStartOfTenMinutes'),
  start('toStartOfFiveMinutes'),
  start('toStartOfMinute'),
  part('toYYYYMM'),
];

/** A number read from a time. */
function part(name: string): FunctionDefinition {
  return define({
    name,
    group: 'date and time',
    signature: `${name}(datetime)`,
    since: '2025-11',
    required: [MOMENT],
    result: 'Integer',
  });
}

/** A time rounded down. */
function start(name: string): FunctionDefinition {
  return { ...part(name), result: 'DateTime' };
}

/** A time rounded down to a day, for which ClickHouse gives a Date; `mode` is the second argument. */
function startOfDate(name: string, mode: string): FunctionDefinition {
  const monday = mode === '' ? '' : 'with Monday as the first day; ';
  return {
    ...start(name),
    runsAs: `${monday}the Date that ClickHouse gives is made a DateTime`,
    emit: ({ args: [moment] }) => `toDateTime(${name}(${moment}${mode}), timezoneOf(${moment}))`,
  };
}

function checkTimeText([value]: readonly GivenArgument[]): string | null {
  if (value?.literal?.kind !== 'string' || TIME_TEXT.test(value.literal.value)) return null;
  return "expected unix seconds or 'YYYY-MM-DD hh:mm:ss' in";
}
