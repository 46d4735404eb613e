import { asDateTime, checkCall } from './check-call.ts';
import { checkArithmetic, checkComparable, checkCondition, incompatible } from './check-operator.ts';
import { print } from './print.ts';
import { Refusal, unsupportedExpression } from './refusal.ts';
import type { Expression, Literal } from './syntax.ts';
import type { Type } from './type.ts';
import { typedLiteral, typedOperation, type Typed } from './typed.ts';

/** What a name stands for; throws a `Refusal` when it stands for nothing. */
export type Resolve = (name: string) => Typed;

const LITERAL_TYPE: Readonly<Record<Literal['kind'], Type>> = {
  integer: 'Integer',
  double: 'Double',
  string: 'String',
  boolean: 'Boolean',
  interval: 'Interval',
  null: 'Null',
};

/** Resolves the names of an expression and checks its types. Throws a `Refusal`. */
export function checkExpression(expression: Expression, resolve: Resolve): Typed {
  const check = (each: Expression): Typed => checkExpression(each, resolve);
  switch (expression.kind) {
    case 'integer':
    case 'double':
    case 'string':
    case 'boolean':
    case 'interval':
    case 'null':
      return typedLiteral(expression, LITERAL_TYPE[expression.kind]);
    case 'name':
      return resolve(expression.name);
    case 'star':
      throw unsupportedExpression('*');
    case 'call':
    case 'position':
    case 'extract':
      return checkCall(expression, check);
    case 'negate': {
      const operand = check(expression.operand);
      if (operand.type !== 'Integer' && operand.type !== 'Double') {
        throw wrongOperand(operand.type, '-', expression);
      }
      return typedOperation('NEGATE', operand.type, [operand]);
    }
    case 'not': {
      const operand = check(expression.operand);
      if (!checkCondition(operand.type)) throw wrongOperand(operand.type, 'NOT', expression);
      return typedOperation('NOT', 'Boolean', [operand]);
    }
    case 'and':
    case 'or':
      return checkLogic(expression, check);
    case 'arithmetic': {
      const operands = [check(expression.left), check(expression.right)] as const;
      const type = checkArithmetic(expression, operands);
      // ClickHouse gives a Date for a Date and some days, and a DateTime for a Date and some hours.
      return typedOperation(expression.operator, type, operands.map(asDateTime));
    }
    case 'comparison': {
      const operands = [check(expression.left), check(expression.right)] as const;
      checkComparable(operands, expression.operator, expression);
      return typedOperation(expression.operator, 'Boolean', operands);
    }
    case 'like':
    case 'between':
    case 'in':
      return checkMatch(expression, check);
  }
}

function checkLogic(
  expression: Expression & { kind: 'and' | 'or' },
  check: (each: Expression) => Typed,
): Typed {
  const operator = expression.kind === 'and' ? 'AND' : 'OR';
  const operands = expression.operands.map(check);
  const wrong = operands.findIndex(({ type }) => !checkCondition(type));
  if (wrong >= 0) {
    const left = Math.max(wrong - 1, 0);
    throw incompatible([operands[left]!, operands[left + 1]!], operator, expression);
  }
  return typedOperation(operator, 'Boolean', operands);
}

type Match = Extract<Expression, { kind: 'like' | 'between' | 'in' }>;

function checkMatch(expression: Match, check: (each: Expression) => Typed): Typed {
  const value = check(expression.value);
  const not = expression.negated ? 'NOT ' : '';
  switch (expression.kind) {
    case 'like': {
      const operator = expression.ignoreCase ? 'ILIKE' : 'LIKE';
      const operands = [value, check(expression.pattern)] as const;
      if (operands.some(({ type }) => type !== 'String')) throw incompatible(operands, operator, expression);
      return typedOperation(`${not}${operator}`, 'Boolean', operands);
    }
    case 'between': {
      const bounds = [check(expression.low), check(expression.high)];
      for (const bound of bounds) checkComparable([value, bound], 'BETWEEN', expression);
      return typedOperation(`${not}BETWEEN`, 'Boolean', [value, ...bounds]);
    }
    case 'in': {
      const list = expression.list.map(check);
      for (const [index, item] of list.entries()) {
        checkComparable([value, item], 'IN', expression);
        if (item.reads || item.aggregates) {
          throw new Refusal(
            `the list of IN may only hold constants, found: ${print(expression.list[index]!)}`,
          );
        }
      }
      return typedOperation(`${not}IN`, 'Boolean', [value, ...list]);
    }
  }
}

function wrongOperand(type: Type, operator: string, expression: Expression): Refusal {
  return new Refusal(`cannot use the ${type} type with the ${operator} operator: ${print(expression)}`);
}
