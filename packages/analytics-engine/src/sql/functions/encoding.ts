import { define, type Argument, type FunctionDefinition } from './definition.ts';

const ENCODABLE: Argument = { types: ['Integer', 'Double', 'String', 'DateTime', 'Date'] };

export const ENCODING: readonly FunctionDefinition[] = ['bin', 'hex'].map((name) =>
  define({
    name,
    group: 'encoding',
    signature: `${name}(x)`,
    since: '2025-09',
    required: [ENCODABLE],
    result: 'String',
  }),
);
