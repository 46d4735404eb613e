import * as fc from 'fast-check';
import { FUNCTIONS } from '../functions/catalog.ts';
import { UNITS, type Expression } from '../syntax.ts';

/** Text with what quoting could get wrong. */
const text = fc.string({
  unit: fc.constantFrom('a', 'Z', '9', "'", '"', '\\', '%', '\n', 'é', '🙂', '-', '*'),
  maxLength: 6,
});
const name = fc.oneof(
  fc.constantFrom('blob1', 'double1', 'timestamp', 'select', 'END', 'count'),
  text.filter((each) => each !== ''),
);
const digits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({ kind: fc.constant('integer' as const), digits }),
  fc.record({
    kind: fc.constant('double' as const),
    text: fc.constantFrom('0.5', '10.0', '1.25e-7', '3.0e+9'),
  }),
  fc.record({ kind: fc.constant('string' as const), value: text }),
  fc.record({ kind: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({
    kind: fc.constant('interval' as const),
    digits: fc.nat().map(String),
    unit: fc.constantFrom(...UNITS),
  }),
  fc.constant({ kind: 'null' as const }),
  fc.record({ kind: fc.constant('name' as const), name }),
);

/** Functions that are called like any other. */
const called = FUNCTIONS.map((definition) => definition.name).filter(
  (each) => each !== 'position' && each !== 'extract',
);

/** Any syntax tree, whether its types fit or not. */
export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => {
  const any = tie('any');
  const some = fc.array(any, { minLength: 1, maxLength: 3 });
  const pair = { left: any, right: any };
  const matched = { negated: fc.boolean(), value: any };
  return {
    any: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      call(fc.record({ parameters: fc.constant(null), distinct: fc.boolean(), args: some })),
      call(fc.record({ parameters: some, distinct: fc.boolean(), args: some })),
      call(fc.record({ parameters: fc.constant(null), distinct: fc.constant(false), args: fc.constant([]) })),
      fc.record({ kind: fc.constant('position' as const), needle: any, haystack: any }),
      fc.record({ kind: fc.constant('extract' as const), unit: fc.constantFrom(...UNITS), from: any }),
      fc.record({ kind: fc.constantFrom('negate' as const, 'not' as const), operand: any }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(any, { minLength: 2, maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant('arithmetic' as const),
        operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const, '%' as const),
        ...pair,
      }),
      fc.record({
        kind: fc.constant('comparison' as const),
        operator: fc.constantFrom(
          '=' as const,
          '<>' as const,
          '<' as const,
          '<=' as const,
          '>' as const,
          '>=' as const,
        ),
        ...pair,
      }),
      fc.record({ kind: fc.constant('like' as const), ignoreCase: fc.boolean(), pattern: any, ...matched }),
      fc.record({ kind: fc.constant('between' as const), low: any, high: any, ...matched }),
      fc.record({ kind: fc.constant('in' as const), list: some, ...matched }),
    ),
  };
}).any;

type Rest = Omit<Extract<Expression, { kind: 'call' }>, 'kind' | 'name'>;

function call(rest: fc.Arbitrary<Rest>): fc.Arbitrary<Expression> {
  return fc
    .tuple(fc.constantFrom(...called), rest)
    .map(([name, given]): Expression => ({ kind: 'call', name, ...given }));
}
