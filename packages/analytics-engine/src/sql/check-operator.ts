import { print } from './print.ts';
import { Refusal } from './refusal.ts';
import type { Expression } from './syntax.ts';
import { CONDITION, isNumber, isTime, type Type } from './type.ts';
import type { Typed } from './typed.ts';

type Pair = readonly [Typed, Typed];

/** Types that are compared with their own kind only. */
const ORDERED: readonly Type[] = ['String', 'Boolean'];

/** Whether a value of this type may stand where a condition is wanted. */
export function checkCondition(type: Type): boolean {
  return CONDITION.includes(type);
}

/** The type that an arithmetic operator gives. */
export function checkArithmetic(expression: Expression & { kind: 'arithmetic' }, operands: Pair): Type {
  const [left, right] = [operands[0].type, operands[1].type];
  if (isNumber(left) && isNumber(right)) {
    return expression.operator === '/' || left === 'Double' || right === 'Double' ? 'Double' : 'Integer';
  }
  const { operator } = expression;
  if (isTime(left) && right === 'Interval' && (operator === '+' || operator === '-')) return 'DateTime';
  if (left === 'Interval' && isTime(right) && operator === '+') return 'DateTime';
  throw incompatible(operands, operator, expression);
}

/** Numbers compare with numbers, times with times, anything else with its own type. */
export function checkComparable(operands: Pair, operator: string, expression: Expression): void {
  const [left, right] = [operands[0].type, operands[1].type];
  if (isNumber(left) && isNumber(right)) return;
  if (isTime(left) && isTime(right)) return;
  if (left === right && ORDERED.includes(left)) return;
  throw incompatible(operands, operator, expression);
}

export function incompatible(operands: Pair, operator: string, expression: Expression): Refusal {
  const [left, right] = operands;
  return new Refusal(
    `cannot combine the ${left.type} and ${right.type} types with the ${operator} operator: ${print(expression)}`,
  );
}
