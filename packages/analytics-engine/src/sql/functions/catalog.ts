import { AGGREGATE } from './aggregate.ts';
import { BIT } from './bit.ts';
import { CONDITIONAL } from './conditional.ts';
import { CONVERSION } from './conversion.ts';
import { DATE_TIME } from './date-time.ts';
import type { FunctionDefinition } from './definition.ts';
import { ENCODING } from './encoding.ts';
import { MATHEMATICAL } from './mathematical.ts';
import { STRING } from './string.ts';

/** Every function of the dialect; there is no other way to one of ClickHouse's. */
export const FUNCTIONS: readonly FunctionDefinition[] = [
  ...AGGREGATE,
  ...BIT,
  ...CONDITIONAL,
  ...DATE_TIME,
  ...ENCODING,
  ...MATHEMATICAL,
  ...STRING,
  ...CONVERSION,
];

const BY_NAME = new Map(FUNCTIONS.map((definition) => [definition.name.toLowerCase(), definition]));

/** The function of that name in any case. */
export function findFunction(name: string): FunctionDefinition | undefined {
  return BY_NAME.get(name.toLowerCase());
}
