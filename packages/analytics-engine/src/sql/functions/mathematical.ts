import { define, INTEGER, NUMERIC, sameAsFirst, type FunctionDefinition } from './definition.ts';

export const MATHEMATICAL: readonly FunctionDefinition[] = [
  define({
    name: 'intDiv',
    group: 'mathematical',
    signature: 'intDiv(a, b)',
    required: [NUMERIC, NUMERIC],
    result: 'Integer',
  }),
  define({
    name: 'log',
    group: 'mathematical',
    signature: 'log(x)',
    since: '2025-09',
    required: [NUMERIC],
    result: 'Double',
  }),
  define({
    name: 'ln',
    group: 'mathematical',
    signature: 'ln(x)',
    since: '2025-09',
    runsAs: '`log`',
    required: [NUMERIC],
    result: 'Double',
    emit: ({ args }) => `log(${args[0]})`,
  }),
  define({
    name: 'pow',
    group: 'mathematical',
    signature: 'pow(x, y)',
    since: '2025-09',
    required: [NUMERIC, NUMERIC],
    result: 'Double',
  }),
  rounding('round'),
  rounding('floor'),
  rounding('ceil'),
];

/** Rounds to `n` decimal places, 0 when it is left out. */
function rounding(name: string): FunctionDefinition {
  return define({
    name,
    group: 'mathematical',
    signature: `${name}(x[, n])`,
    since: '2025-09',
    required: [NUMERIC],
    optional: [INTEGER],
    result: sameAsFirst,
  });
}
