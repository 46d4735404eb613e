import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { unsupportedExpression, type Refusal } from './refusal.ts';

/** The refusal of an expression that began at `start` and ends with the bracket that is open now. */
export function unsupportedUpToClose(cursor: Cursor, start: Token): Refusal {
  for (let open = 1; open > 0 && cursor.peek().kind !== 'end';) {
    const { kind, text } = cursor.next();
    if (kind !== 'symbol') continue;
    if (text === '(' || text === '[') open += 1;
    if (text === ')' || text === ']') open -= 1;
  }
  return unsupportedExpression(cursor.written(start));
}

/** The refusal of `CASE … END`, which begins with the token that comes next. */
export function unsupportedCase(cursor: Cursor): Refusal {
  const start = cursor.peek();
  let open = 0;
  do {
    if (cursor.isKeyword('CASE')) open += 1;
    if (cursor.isKeyword('END')) open -= 1;
    cursor.next();
  } while (open > 0 && cursor.peek().kind !== 'end');
  return unsupportedExpression(cursor.written(start));
}
