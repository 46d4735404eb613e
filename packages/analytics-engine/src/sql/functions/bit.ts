import { define, INTEGER, NUMERIC, type Argument, type FunctionDefinition } from './definition.ts';

export const BIT: readonly FunctionDefinition[] = [
  bit('bitAnd(a, b)', [INTEGER, INTEGER]),
  bit('bitCount(a)', [NUMERIC]),
  bit('bitHammingDistance(x, y)', [INTEGER, INTEGER]),
  bit('bitNot(a)', [INTEGER]),
  bit('bitOr(a, b)', [INTEGER, INTEGER]),
  bit('bitRotateLeft(a, n)', [INTEGER, INTEGER]),
  bit('bitRotateRight(a, n)', [INTEGER, INTEGER]),
  bit('bitShiftLeft(a, n)', [INTEGER, INTEGER]),
  bit('bitShiftRight(a, n)', [INTEGER, INTEGER]),
  {
    ...bit('bitTest(a, n)', [NUMERIC, INTEGER]),
    runsAs: 'a Double is cut to its whole number first; 0 where that is no number',
    emit: ({ args: [value, position], types }) => {
      const whole = types[0] === 'Double' ? `accurateCastOrDefault(trunc(${value}), 'Int64')` : value;
      return `bitTest(${whole}, ${position})`;
    },
  },
  bit('bitXor(a, b)', [INTEGER, INTEGER]),
];

function bit(signature: string, required: readonly Argument[]): FunctionDefinition {
  const name = signature.slice(0, signature.indexOf('('));
  return define({ name, group: 'bit', signature, since: '2025-09', required, result: 'Integer' });
}
