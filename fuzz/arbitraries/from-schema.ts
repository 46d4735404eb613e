// Inputs that a schema takes, made from the schema itself.
import * as fc from 'fast-check';
import type * as v from 'valibot';

/** What is read of a schema: valibot's own objects, as they are at run time. */
type Schema = {
  type: string;
  expects: string | null;
  pipe?: readonly (Schema & { kind: string; requirement?: unknown })[];
  entries?: Record<string, Schema>;
  item?: Schema;
  items?: readonly Schema[];
  key?: Schema;
  value?: Schema;
  wrapped?: Schema;
  default?: unknown;
  options?: readonly unknown[];
  literal?: unknown;
};

/** Mostly inputs that are taken: rules that a schema cannot tell in its parts (`check`) may still refuse some. */
export function fromSchema(schema: v.GenericSchema): fc.Arbitrary<unknown> {
  return arbitraryOf(schema as unknown as Schema);
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'undefined':
    case 'void':
      return fc.constant(undefined);
    case 'literal':
      return fc.constant(schema.literal);
    case 'picklist':
      return fc.constantFrom(...(schema.options ?? []));
    case 'optional':
      return fc.option(arbitraryOf(wrapped(schema)), { nil: undefined, freq: 2 });
    case 'nullish':
      return fc.oneof(arbitraryOf(wrapped(schema)), fc.constantFrom(null, undefined));
    case 'nullable':
      return fc.option(arbitraryOf(wrapped(schema)), { nil: null, freq: 3 });
    case 'array':
      return listOf(schema);
    case 'record':
      return fc.dictionary(
        arbitraryOf(part(schema.key, schema)) as fc.Arbitrary<string>,
        arbitraryOf(part(schema.value, schema)),
        { maxKeys: 3 },
      );
    case 'union':
    case 'variant':
      return fc.oneof(...((schema.options ?? []) as Schema[]).map(arbitraryOf));
    case 'object':
    case 'strict_object':
    case 'loose_object':
      return objectOf(schema);
    case 'any':
    case 'unknown':
    case 'custom':
      return fc.jsonValue({ maxDepth: 2 });
    default:
      throw new Error(`fuzz: no inputs are known for schemas of type ${schema.type}`);
  }
}

/** A field that is `undefined` is one that is left out. */
function objectOf({ entries = {} }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(entries).map(([name, one]) => [name, arbitraryOf(one)]));
  return fc
    .record(fields)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));
}

function listOf(schema: Schema): fc.Arbitrary<unknown> {
  const minLength = Number(rule(schema, 'min_length') ?? 0);
  const maxLength = Math.min(Number(rule(schema, 'max_length') ?? 4), minLength + 4);
  return fc.array(arbitraryOf(part(schema.item, schema)), { minLength, maxLength });
}

function textOf(schema: Schema): fc.Arbitrary<unknown> {
  const regex = rule(schema, 'regex');
  // Anchors and classes only: what our schemas have.
  if (regex instanceof RegExp) return fc.stringMatching(regex);
  if (has(schema, 'url')) return fc.webUrl();
  const minLength = Number(rule(schema, 'min_length') ?? 0);
  const maxLength = Math.min(Number(rule(schema, 'max_length') ?? 30), minLength + 30);
  return fc.string({ minLength, maxLength });
}

function numberOf(schema: Schema): fc.Arbitrary<unknown> {
  const min = Number(rule(schema, 'min_value') ?? -1000);
  const max = Math.min(Number(rule(schema, 'max_value') ?? Infinity), Math.max(min, 0) + 2 ** 40);
  if (has(schema, 'integer') || has(schema, 'safe_integer'))
    return fc.integer({ min: Math.ceil(min), max: Math.floor(Math.min(max, Number.MAX_SAFE_INTEGER)) });
  return fc.double({ min, max, noNaN: true });
}

function has({ pipe = [] }: Schema, type: string): boolean {
  return pipe.some((one) => one.type === type);
}

function rule({ pipe = [] }: Schema, type: string): unknown {
  return pipe.find((one) => one.type === type)?.requirement;
}

function wrapped(schema: Schema): Schema {
  return part(schema.wrapped, schema);
}

function part(one: Schema | undefined, of: Schema): Schema {
  if (one === undefined) throw new Error(`fuzz: a schema of type ${of.type} has no parts`);
  return one;
}
