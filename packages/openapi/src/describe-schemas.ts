import type { Docstrings } from './docstrings.ts';
import type { JsonSchema } from './openapi.ts';

/** Named schemas, each with what its docstring says, and its fields with theirs. */
export function describeSchemas(
  schemas: Readonly<Record<string, JsonSchema>>,
  docstrings: Docstrings,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, described(schema, name, docstrings)]),
  );
}

function described(schema: JsonSchema, path: string, docstrings: Docstrings): JsonSchema {
  const text = docstrings.get(path);
  const result = withFields(schema, path, docstrings);
  if (text === undefined) return result;
  // What a check demands is there already, and is said after what the thing is.
  const description = [text, result.description].filter(Boolean).join(' ');
  return { ...result, description };
}

function withFields(schema: JsonSchema, path: string, docstrings: Docstrings): JsonSchema {
  const { properties, anyOf } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, field]) => [
              name,
              described(field, `${path}.${name}`, docstrings),
            ]),
          ),
        }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((one) => withFields(one, path, docstrings)) }),
  };
}
