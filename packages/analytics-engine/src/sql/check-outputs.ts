import { emit } from './emit-expression.ts';
import type { Query } from './query.ts';
import { MAX_EXPANDED_DEPTH, MAX_EXPANDED_SIZE, Refusal, tooDeep } from './refusal.ts';
import type { Output } from './scope.ts';

/** A name may stand for one expression only. */
export function checkNames(outputs: readonly Output[]): void {
  const seen = new Map<string, string>();
  for (const { name, value } of outputs) {
    const text = emit(value, { source: '', rowOrder: null });
    if ((seen.get(name) ?? text) !== text) throw new Refusal(`several columns have the same name: "${name}"`);
    seen.set(name, text);
  }
}

/** ClickHouse puts in the place of an alias what it stands for, so a short statement can be a huge query. */
export function checkSize(query: Query): void {
  const parts = [
    ...query.outputs.map(({ value }) => value),
    ...query.orderBy.map(({ by }) => by),
    ...[query.where, query.having].filter((each) => each !== null),
  ];
  if (parts.some(({ depth }) => depth > MAX_EXPANDED_DEPTH)) throw tooDeep();
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size <= MAX_EXPANDED_SIZE) return;
  throw new Refusal('query is too large once its aliases are replaced by what they stand for');
}
