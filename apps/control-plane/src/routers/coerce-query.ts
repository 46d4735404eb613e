import type { AnyContractProcedure } from '@orpc/contract';

/** As much of a valibot schema as tells what its text in a query string means. */
type Shape = {
  type?: string;
  wrapped?: Shape;
  pipe?: readonly Shape[];
  entries?: Readonly<Record<string, Shape>>;
};

/** A number as JSON writes it; anything else stays the text that it is and is refused by its schema. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The input of a procedure of REST as it is meant: everything in a query string is text. Where the procedure wants a
 * number or a boolean, text that reads as one becomes one.
 */
export function queryInput(procedure: AnyContractProcedure, input: unknown): unknown {
  const { route, inputSchema } = procedure['~orpc'];
  return route.method === 'GET' ? coerced(inputSchema as Shape | undefined, input) : input;
}

function coerced(schema: Shape | undefined, input: unknown): unknown {
  const { entries } = innermost(schema ?? {});
  if (entries === undefined || typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      Object.hasOwn(entries, name) ? asWanted(innermost(entries[name] ?? {}).type, value) : value,
    ]),
  );
}

/** Below what only says that something may be missing, or is checked further. */
function innermost(schema: Shape): Shape {
  const inner = schema.wrapped ?? (schema.pipe?.[0] === schema ? undefined : schema.pipe?.[0]);
  return inner === undefined ? schema : innermost(inner);
}

function asWanted(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'number' && JSON_NUMBER.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
