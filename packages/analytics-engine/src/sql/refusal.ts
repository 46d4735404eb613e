/** Thrown inside the dialect, and nowhere else: `translate` turns it into the text of an HTTP 422. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** Longest statement that production takes, in characters. */
export const MAX_STATEMENT_LENGTH = 10_000;

/** Deepest nesting of expressions and of subqueries: the limit of the parser that production's messages come from. */
export const MAX_DEPTH = 50;

/** Most operators of a statement that have another as their left operand, as in `1 + 1 + …`. ClickHouse reads 1,000 levels. */
export const MAX_CHAIN = 300;

/** Most aliases that are looked up within each other, each ahead of its own place in the SELECT. */
export const MAX_OPEN_ALIASES = 10;

/** Deepest expression once its aliases are replaced by what they stand for. */
export const MAX_EXPANDED_DEPTH = MAX_CHAIN + MAX_DEPTH;

/** Most parts of a query once its aliases are replaced by what they stand for; ClickHouse clones them all. */
export const MAX_EXPANDED_SIZE = 20_000;

export function tooLong(): Refusal {
  return new Refusal(`SQL was excessively long, exceeded maximum length: ${MAX_STATEMENT_LENGTH}`);
}

export function tooDeep(): Refusal {
  return new Refusal('sql parser error: recursion limit exceeded');
}

/** A name that is no column where it stands, or any name when the dataset was never written. */
export function unknownColumn(name: string): Refusal {
  return new Refusal(`unable to find type of column: "${name}"`);
}

/** What parses and is not part of the dialect; `text` is the expression as it was written. */
export function unsupportedExpression(text: string): Refusal {
  return new Refusal(`unsupported expression type: ${text}`);
}
