/** Finds out which fields a schema has at a place. */
import type * as v from 'valibot';

type Schema = v.GenericSchema;

/** The parts of valibot's schemas that lead on to others; each kind has some of them. */
interface Parts {
  readonly entries?: Record<string, Schema>;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly value?: Schema;
  readonly options?: readonly unknown[];
  readonly key?: string;
  readonly literal?: unknown;
  readonly pipe?: readonly { kind: string }[];
}

/** Names of the fields that an object at the end of `path` may have. `path` is that of a valibot issue within it. */
export function knownFields(schema: Schema, path: readonly { key: unknown; input: unknown }[]): string[] {
  let found = [schema];
  for (const { key, input } of path.slice(0, -1)) found = found.flatMap((one) => inside(one, key, input));
  const { input } = path.at(-1) ?? {};
  return [...new Set(found.flatMap((one) => objects(one, input)).flatMap((entries) => Object.keys(entries)))];
}

function inside(schema: Schema, key: unknown, input: unknown): Schema[] {
  return plainSchemas(schema, input).flatMap((one) => {
    const { entries, item, value } = one as Parts;
    const next = entries ? entries[String(key)] : (item ?? value);
    return next ? [next] : [];
  });
}

function objects(schema: Schema, input: unknown): Record<string, Schema>[] {
  return plainSchemas(schema, input).flatMap((one) => {
    const { entries } = one as Parts;
    return entries ? [entries] : [];
  });
}

/** The schema without what is around it: optional, pipes, and the options that do not fit the input. */
function plainSchemas(schema: Schema, input: unknown): Schema[] {
  const { wrapped, pipe, options, key } = schema as Parts;
  if (wrapped) return plainSchemas(wrapped, input);
  // The first part of a pipe is the schema itself, without the rest.
  if (pipe)
    return (pipe.filter(({ kind }) => kind === 'schema') as unknown as Schema[]).flatMap((part) =>
      plainSchemas(part, input),
    );
  if (!options) return [schema];
  const schemas = options.filter((option): option is Schema => typeof option === 'object' && option !== null);
  const chosen = schemas.filter((option) => key !== undefined && discriminates(option as Parts, key, input));
  return (chosen.length > 0 ? chosen : schemas).flatMap((option) => plainSchemas(option, input));
}

function discriminates({ entries }: Parts, key: string, input: unknown): boolean {
  const expected = (entries?.[key] as Parts | undefined)?.literal;
  return expected !== undefined && (input as Record<string, unknown> | null)?.[key] === expected;
}
