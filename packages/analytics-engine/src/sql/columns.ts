import type { Type } from './type.ts';

const NUMBERS = Array.from({ length: 20 }, (_, index) => index + 1);

/** Columns of every dataset, in the order in which `*` gives them. */
export const DATASET_COLUMNS: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['dataset', 'String'],
  ['timestamp', 'DateTime'],
  ['_sample_interval', 'Integer'],
  ['index1', 'String'],
  ...NUMBERS.map((number): [string, Type] => [`blob${number}`, 'String']),
  ...NUMBERS.map((number): [string, Type] => [`double${number}`, 'Double']),
]);
