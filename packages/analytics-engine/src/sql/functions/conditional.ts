import { define, TRUTH, type Argument, type FunctionDefinition } from './definition.ts';
import { SCALAR } from '../type.ts';

/** Wider than what can come out, so that the message about the branches comes first, as in production. */
const BRANCH: Argument = { types: [...SCALAR, 'Null'] };

export const CONDITIONAL: readonly FunctionDefinition[] = [
  define({
    name: 'if',
    group: 'conditional',
    signature: 'if(condition, true_expression, false_expression)',
    required: [TRUTH, BRANCH, BRANCH],
    result: ([, then]) => then ?? 'Null',
    check: ([, then, otherwise]) =>
      then?.type === otherwise?.type
        ? null
        : `the 2nd and 3rd arguments to IF() function must have the same type but instead had ${then?.type} and ${otherwise?.type}:`,
  }),
];
