import * as fc from 'fast-check';
import { FUNCTIONS } from '../functions/catalog.ts';
import type { Argument, FunctionDefinition } from '../functions/definition.ts';
import type { Type } from '../type.ts';

/** Types of which expressions are made; the others have literals or one function only. */
const TYPES = ['Integer', 'Double', 'String', 'DateTime', 'Boolean'] as const;
type Made = (typeof TYPES)[number];
type Text = fc.Arbitrary<string>;

const LEAVES: Readonly<Record<Made | 'Date' | 'Interval', Text>> = {
  Integer: fc.constantFrom('_sample_interval', '0', '7', '-3', '4294967296'),
  Double: fc.constantFrom('double1', 'double20', '0.0', '2.5', '-1e-3'),
  String: fc.constantFrom('blob1', 'index1', 'dataset', "''", "'Zürich'", "'it''s \\ %_'", "'12'"),
  DateTime: fc.constantFrom(
    'timestamp',
    'now()',
    'toDateTime(1772582760)',
    "toDateTime('2025-10-27 02:00:00', 'Asia/Tokyo')",
  ),
  Boolean: fc.constantFrom('true', 'false', "(blob1 = 'Oslo')"),
  Date: fc.constant('today()'),
  Interval: fc.constantFrom(
    "INTERVAL '1' SECOND",
    "INTERVAL '15' MINUTE",
    "INTERVAL '2' MONTH",
    "INTERVAL '1' YEAR",
  ),
};

const small = fc.constantFrom('1', '2', '3');
const zone = fc.constantFrom("'Etc/UTC'", "'America/New_York'");
const format = fc.constantFrom("'%Y-%m-%d'", "'%H:%i:%S %%'");

/**
 * Arguments that ClickHouse can refuse only when it sees the values: no zero to divide by, no shift beyond the width, no
 * text that is not a number, and so on. Such a query is well typed and still fails, in production as here.
 */
const CAREFUL: Readonly<Record<string, (make: Make) => fc.Arbitrary<string[]>>> = {
  intDiv: (make) => fc.tuple(make('Integer'), small),
  bitShiftLeft: (make) => fc.tuple(make('Integer'), small),
  bitShiftRight: (make) => fc.tuple(make('Integer'), small),
  bitRotateLeft: (make) => fc.tuple(make('Integer'), small),
  bitRotateRight: (make) => fc.tuple(make('Integer'), small),
  bitTest: (make) => fc.tuple(fc.oneof(make('Integer'), make('Double')), small),
  bitHammingDistance: () => fc.tuple(small, small),
  round: (make) => fc.tuple(make('Double'), small),
  floor: (make) => fc.tuple(make('Double'), small),
  ceil: (make) => fc.tuple(make('Double'), small),
  substring: (make) => fc.tuple(make('String'), small, small),
  toUInt8: (make) => fc.tuple(fc.oneof(make('Integer'), fc.constantFrom("'12'", 'blob2', 'double1'))),
  toUInt32: (make) =>
    fc.tuple(fc.oneof(make('Integer'), make('DateTime'), fc.constantFrom("'12'", 'blob2', 'double1'))),
  toDateTime: (make) =>
    fc.tuple(
      fc.oneof(make('DateTime'), fc.constantFrom('_sample_interval', 'double1', "'2025-10-27'")),
      zone,
    ),
  formatDateTime: (make) => fc.tuple(make('DateTime'), format, zone),
  toStartOfInterval: (make) => fc.tuple(make('DateTime'), LEAVES.Interval, zone),
  format: (make) =>
    fc.tuple(
      fc.constant("'{} is {}'"),
      fc.oneof(make('DateTime'), make('Double'), LEAVES.Interval),
      make('String'),
    ),
  if: (make) => make('Boolean').chain((condition) => branch(make).map((each) => [condition, ...each])),
};

type Make = (type: Made) => Text;

/**
 * The second branch is a column: where both are the same constant, ClickHouse may lose the key of a group. Integers of
 * 64 bits, one signed and the other not, have no type in common.
 */
function branch(make: Make): fc.Arbitrary<string[]> {
  return fc.oneof(
    fc.tuple(small, fc.constant('_sample_interval')),
    fc.tuple(make('Double'), fc.constant('double1')),
    fc.tuple(make('String'), fc.constant('blob1')),
    fc.tuple(make('DateTime'), fc.constant('timestamp')),
  );
}

const scalars = FUNCTIONS.filter((definition) => !definition.aggregate);
const aggregates = FUNCTIONS.filter((definition) => definition.aggregate);

const made = fc.letrec<Record<Made, string>>((tie) => {
  const make: Make = (type) => tie(type);
  const oneOf = (type: Made, ...others: Text[]): Text =>
    fc.oneof({ maxDepth: 4, depthSize: 'small' }, LEAVES[type], ...others, ...callsGiving(type, make));
  const pair = (type: Made, operator: string): Text =>
    fc.tuple(make(type), make(type)).map(([left, right]) => `(${left} ${operator} ${right})`);
  const compare = TYPES.flatMap((type) => ['=', '<>', '<', '>='].map((operator) => pair(type, operator)));
  const numbers = fc.tuple(make('Integer'), make('Double')).map(([left, right]) => `(${left} <= ${right})`);
  return {
    Integer: oneOf(
      'Integer',
      pair('Integer', '+'),
      pair('Integer', '*'),
      fc.tuple(make('Integer'), small).map(([a, b]) => `(${a} % ${b})`),
    ),
    Double: oneOf(
      'Double',
      pair('Double', '-'),
      pair('Integer', '/'),
      make('Double').map((a) => `(-(${a}))`),
    ),
    String: oneOf('String'),
    DateTime: oneOf(
      'DateTime',
      fc
        .tuple(make('DateTime'), fc.constantFrom('+', '-'), LEAVES.Interval)
        .map((each) => `(${each.join(' ')})`),
    ),
    Boolean: oneOf(
      'Boolean',
      ...compare,
      numbers,
      pair('Boolean', 'AND'),
      pair('Boolean', 'OR'),
      make('Boolean').map((each) => `(NOT ${each})`),
      fc
        .tuple(
          make('String'),
          fc.constantFrom('LIKE', 'NOT LIKE', 'ILIKE', 'NOT ILIKE'),
          fc.constantFrom("'%a_'", "'Z%'"),
        )
        .map((each) => `(${each.join(' ')})`),
      fc
        .tuple(make('Double'), fc.constantFrom('', 'NOT '), make('Integer'), make('Double'))
        .map(([a, not, b, c]) => `(${a} ${not}BETWEEN ${b} AND ${c})`),
      fc
        .tuple(make('String'), fc.constantFrom('', 'NOT '))
        .map(([a, not]) => `(${a} ${not}IN ('Oslo', 'it''s'))`),
      make('Integer').map((each) => `(${each} IN (1, -2))`),
      make('DateTime').map((each) => `(${each} >= today())`),
    ),
  };
});

function callsGiving(type: Made, make: Make): Text[] {
  return scalars.flatMap((definition): Text[] => {
    if (definition.name === 'position') {
      return type === 'Integer'
        ? [fc.tuple(make('String'), make('String')).map((each) => `position(${each.join(' IN ')})`)]
        : [];
    }
    if (definition.name === 'extract') {
      return type === 'Integer' ? [make('DateTime').map((each) => `extract(DAY FROM ${each})`)] : [];
    }
    // `if` and the roundings give what they take, and are called at the top of a SELECT.
    if (definition.result !== type) return [];
    return [argumentsOf(definition, make).map((args) => `${definition.name}(${args.join(', ')})`)];
  });
}

function argumentsOf(definition: FunctionDefinition, make: Make): fc.Arbitrary<string[]> {
  const careful = CAREFUL[definition.name];
  if (careful !== undefined) return careful(make);
  return fc.tuple(...definition.required.map((argument) => argumentOf(argument, make)));
}

function argumentOf({ types }: Argument, make: Make): Text {
  return fc.oneof(
    ...types
      .filter((type) => isMade(type) || type === 'Date')
      .map((type) => (isMade(type) ? make(type) : LEAVES.Date)),
  );
}

function isMade(type: Type): type is Made {
  return (TYPES as readonly Type[]).includes(type);
}

const make: Make = (type) => made[type];
const anything: Text = fc.oneof(
  ...TYPES.map(make),
  ...scalars
    .filter(({ result }) => typeof result === 'function')
    .map((definition) =>
      argumentsOf(definition, make).map((args) => `${definition.name}(${args.join(', ')})`),
    ),
);

const aggregate: Text = fc.oneof(
  fc.constant('count()'),
  fc
    .tuple(fc.constantFrom('count', 'sum', 'avg'), make('Double'))
    .map(([name, value]) => `${name}(DISTINCT ${value})`),
  make('Double').map((value) => `quantileExactWeighted(0.9)(${value}, _sample_interval)`),
  make('Double').map((value) => `quantileWeighted(0.5, ${value}, _sample_interval)`),
  make('String').map((value) => `topK(3)(${value})`),
  ...aggregates
    .filter(({ name }) => name !== 'count' && !name.startsWith('quantile'))
    .map((definition) =>
      argumentsOf(definition, make).map((args) => `${definition.name}(${args.join(', ')})`),
    ),
);

const maybe = (text: Text): Text => fc.option(text, { nil: '' });
const filter = maybe(make('Boolean').map((each) => ` WHERE ${each}`));
const end = maybe(
  fc.constantFrom(
    ' ORDER BY c0',
    ' ORDER BY c0 DESC',
    ' ORDER BY c0, count()',
    ' LIMIT 2 OFFSET 1',
    ' LIMIT ALL',
  ),
);

const flat = fc
  .tuple(fc.array(anything, { minLength: 1, maxLength: 4 }), filter, end)
  .map(
    ([items, where, rest]) => `SELECT ${select(items)} FROM readings${where}${rest.replace(', count()', '')}`,
  );

const grouped = fc
  .tuple(
    anything,
    fc.array(aggregate, { minLength: 1, maxLength: 3 }),
    filter,
    maybe(fc.constant(' HAVING count() > 1')),
    end,
  )
  .map(
    ([key, values, where, having, rest]) =>
      `SELECT ${select([key, ...values])} FROM readings${where} GROUP BY c0${having}${rest}`,
  );

const nested = fc
  .tuple(
    fc.oneof(flat, grouped),
    fc.constantFrom('*', 'count() AS n', 'topK(c0) AS top', 'last_value(c0) AS last'),
  )
  .map(([inner, items]) => `SELECT ${items} FROM (${inner})`);

/** Well-typed SELECTs over `readings`, in which every function comes up. */
export const anySelect: Text = fc.oneof(flat, grouped, nested);

function select(items: readonly string[]): string {
  return items.map((item, index) => `${item} AS c${index}`).join(', ');
}
