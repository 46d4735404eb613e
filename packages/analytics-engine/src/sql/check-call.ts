import { findFunction } from './functions/catalog.ts';
import type { Argument, FunctionDefinition, GivenArgument } from './functions/definition.ts';
import { print } from './print.ts';
import { Refusal } from './refusal.ts';
import type { Expression, Literal, Unit } from './syntax.ts';
import { typedCall, typedLiteral, typedOperation, type Typed } from './typed.ts';

type CallSyntax = Extract<Expression, { kind: 'call' | 'position' | 'extract' }>;

/** A call in one form, whichever syntax it has. */
type Call = {
  name: string;
  parameters: readonly Expression[];
  distinct: boolean;
  args: readonly Expression[];
};

/** Checks a call against the function's definition; `check` checks an argument. */
export function checkCall(expression: CallSyntax, check: (each: Expression) => Typed): Typed {
  const call = normalize(expression);
  const definition = findFunction(call.name);
  if (definition === undefined) throw new Refusal(`unknown function call: ${call.name.toUpperCase()}`);
  const expected = expectedArguments(definition, call);
  const parameters = checkParameters(definition, call);
  const args = call.args.map(check);
  const given = args.map(({ type }, index): GivenArgument => ({
    type,
    literal: literalOf(call.args[index]),
  }));
  for (const [index, argument] of given.entries())
    checkArgument(expected[index]!, argument, index, expression);
  if (definition.aggregate && args.some((arg) => arg.aggregates)) {
    throw new Refusal(`aggregate functions cannot be nested: ${print(expression)}`);
  }
  const reason = definition.check(given);
  if (reason !== null) throw new Refusal(`${reason} ${print(expression)}`);
  const { result } = definition;
  const type = typeof result === 'function' ? result(args.map((arg) => arg.type)) : result;
  const unit = expression.kind === 'extract' ? [expression.unit] : [];
  return typedCall(
    {
      definition,
      parameters: [...parameters, ...unit],
      distinct: call.distinct,
      args: args.map((arg, index) => convert(expected[index]!, arg)),
    },
    type,
  );
}

function normalize(expression: CallSyntax): Call {
  switch (expression.kind) {
    case 'call':
      return { ...expression, parameters: expression.parameters ?? [] };
    case 'position':
      return {
        name: 'position',
        parameters: [],
        distinct: false,
        args: [expression.needle, expression.haystack],
      };
    case 'extract':
      return { name: 'extract', parameters: [], distinct: false, args: [expression.from] };
  }
}

/** The rules for the arguments of this call, one for each; refuses a wrong number of them. */
function expectedArguments(definition: FunctionDefinition, call: Call): readonly Argument[] {
  const name = definition.name.toUpperCase();
  if (call.distinct && definition.distinct === null) {
    throw new Refusal(`${name}() function does not support DISTINCT`);
  }
  const required = call.distinct ? definition.distinct! : definition.required;
  const optional = call.distinct ? [] : definition.optional;
  const given = call.args.length;
  const fixed = [...required, ...optional];
  const rest = call.distinct ? null : definition.rest;
  if (given < required.length || (rest === null && given > fixed.length)) {
    throw new Refusal(
      `${name}() function must have ${count(required.length, fixed.length, rest !== null)}: ${given}`,
    );
  }
  return call.args.map((_, index) => fixed[index] ?? rest!);
}

function count(least: number, most: number, open: boolean): string {
  const range = open ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
  return `${range} ${range.endsWith(' 1') || range === '1' ? 'argument' : 'arguments'}`;
}

function checkParameters(definition: FunctionDefinition, call: Call): readonly (Literal | Unit)[] {
  const name = definition.name.toUpperCase();
  const rule = definition.parameter;
  const given = call.parameters.length;
  const least = rule?.required ? 1 : 0;
  const most = rule === null ? 0 : 1;
  if (given < least || given > most) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    throw new Refusal(`${name}() function must have ${range} parameters: ${given}`);
  }
  return call.parameters.map((parameter) => {
    const literal = literalOf(parameter);
    if (literal !== null && rule!.accepts(literal)) return literal;
    throw new Refusal(
      `the parameter of the ${name}() function must be ${rule!.expected}: ${print(parameter)}`,
    );
  });
}

function checkArgument(rule: Argument, given: GivenArgument, index: number, call: Expression): void {
  if (!rule.types.includes(given.type)) {
    throw new Refusal(`cannot use the ${given.type} type as argument ${index + 1} in ${print(call)}`);
  }
  if (rule.literal && given.literal === null) {
    throw new Refusal(`argument ${index + 1} must be a literal in ${print(call)}`);
  }
}

function literalOf(expression: Expression | undefined): Literal | null {
  switch (expression?.kind) {
    case 'integer':
    case 'double':
    case 'string':
    case 'boolean':
    case 'interval':
    case 'null':
      return expression;
    default:
      return null;
  }
}

/** ClickHouse's functions of time take no Date where they give hours, and its conditions no number but 0 and 1. */
function convert(rule: Argument, arg: Typed): Typed {
  if (rule.as === undefined || rule.as === arg.type) return arg;
  if (rule.as === 'Boolean') {
    return typedOperation('<>', 'Boolean', [arg, typedLiteral({ kind: 'integer', digits: '0' }, 'Integer')]);
  }
  return asDateTime(arg);
}

/** A Date as the DateTime of its midnight; any other value as it is. */
export function asDateTime(value: Typed): Typed {
  if (value.type !== 'Date') return value;
  const definition = findFunction('toDateTime')!;
  return typedCall({ definition, parameters: [], distinct: false, args: [value] }, 'DateTime');
}
