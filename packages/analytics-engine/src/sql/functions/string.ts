import {
  ANY,
  define,
  INTEGER,
  MOMENT,
  TEXT,
  TEXT_LITERAL,
  type Argument,
  type FunctionDefinition,
  type GivenArgument,
} from './definition.ts';
import type { Unit } from '../syntax.ts';
import type { Type } from '../type.ts';

const FORMATTED: Argument = { types: [...ANY.types, 'Interval'] };

/** ClickHouse's function for each unit of `extract`. */
const PART: Readonly<Record<Unit, string>> = {
  YEAR: 'toYear',
  MONTH: 'toMonth',
  DAY: 'toDayOfMonth',
  HOUR: 'toHour',
  MINUTE: 'toMinute',
  SECOND: 'toSecond',
};

export const STRING: readonly FunctionDefinition[] = [
  text({ name: 'length', runs: 'lengthUTF8', result: 'Integer', note: 'counts code points, not bytes' }),
  text({ name: 'empty', runs: 'empty', result: 'Boolean' }),
  text({ name: 'lower', runs: 'lower', result: 'String' }),
  { ...text({ name: 'lowerUTF8', runs: 'lowerUTF8', result: 'String' }), since: '2025-09' },
  text({ name: 'toLower', runs: 'lowerUTF8', result: 'String' }),
  text({ name: 'upper', runs: 'upper', result: 'String' }),
  { ...text({ name: 'upperUTF8', runs: 'upperUTF8', result: 'String' }), since: '2025-09' },
  text({ name: 'toUpper', runs: 'upperUTF8', result: 'String' }),
  define({
    name: 'startsWith',
    group: 'string',
    signature: 'startsWith(string, prefix)',
    required: [TEXT, TEXT],
    result: 'Boolean',
  }),
  define({
    name: 'endsWith',
    group: 'string',
    signature: 'endsWith(string, suffix)',
    required: [TEXT, TEXT],
    result: 'Boolean',
  }),
  define({
    name: 'position',
    group: 'string',
    signature: 'position(needle IN haystack)',
    runsAs: '`positionUTF8(haystack, needle)`: counts code points, not bytes',
    required: [TEXT, TEXT],
    result: 'Integer',
    emit: ({ args: [needle, haystack] }) => `positionUTF8(${haystack}, ${needle})`,
  }),
  define({
    name: 'substring',
    group: 'string',
    signature: 'substring(string, offset[, length])',
    runsAs: '`substringUTF8`: counts code points, not bytes',
    required: [TEXT, INTEGER],
    optional: [INTEGER],
    result: 'String',
    emit: ({ args }) => `substringUTF8(${args.join(', ')})`,
  }),
  define({
    name: 'format',
    group: 'string',
    signature: 'format(format, ...)',
    required: [TEXT_LITERAL],
    rest: FORMATTED,
    result: 'String',
    check: checkPlaceholders,
    emit: ({ args: [pattern, ...values] }) =>
      values.length === 0 ? `${pattern}` : `format(${[pattern, ...values].join(', ')})`,
  }),
  define({
    name: 'extract',
    group: 'string',
    signature: 'extract(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND FROM datetime)',
    runsAs: '`toYear`, `toMonth`, `toDayOfMonth`, `toHour`, `toMinute`, `toSecond`',
    required: [MOMENT],
    result: 'Integer',
    emit: ({ args, parameters: [unit] }) => `${PART[unit as Unit]}(${args[0]})`,
  }),
];

/** A function of one string. */
function text(given: { name: string; runs: string; result: Type; note?: string }): FunctionDefinition {
  const { name, runs, result, note } = given;
  return define({
    name,
    group: 'string',
    signature: `${name}(string)`,
    runsAs: runs === name ? null : `\`${runs}\`${note === undefined ? '' : `: ${note}`}`,
    required: [TEXT],
    result,
    emit: ({ args }) => `${runs}(${args[0]})`,
  });
}

/** Braces stand for an argument each, and cannot be written literally. */
function checkPlaceholders([pattern, ...values]: readonly GivenArgument[]): string | null {
  if (pattern?.literal?.kind !== 'string') return null;
  const pieces = pattern.literal.value.split('{}');
  if (pieces.some((piece) => /[{}]/.test(piece))) return 'literal { and } are not supported in the format of';
  return pieces.length - 1 > values.length ? `expected ${pieces.length - 1} values for the format of` : null;
}
