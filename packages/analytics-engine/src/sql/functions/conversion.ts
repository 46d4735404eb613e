import { define, type Argument, type FunctionDefinition } from './definition.ts';

/** A string must hold a decimal; a DateTime gives unix seconds. */
const CONVERTIBLE: Argument = { types: ['Integer', 'Double', 'String', 'DateTime'] };

export const CONVERSION: readonly FunctionDefinition[] = [
  define({
    name: 'toUInt8',
    group: 'type conversion',
    signature: 'toUInt8(expression)',
    since: '2025-09',
    required: [CONVERTIBLE],
    result: 'Integer',
  }),
  define({
    name: 'toUInt32',
    group: 'type conversion',
    signature: 'toUInt32(expression)',
    required: [CONVERTIBLE],
    result: 'Integer',
  }),
];
