/** OpenAPI 3.0's dialect of JSON Schema, put into JSON Schema itself. Pure. */
import type { PublishedSchema } from './extract.ts';

/** The same schema for ajv; references lead into the document named `document`. */
export function jsonSchemaOf(schema: PublishedSchema, document: string): PublishedSchema {
  return convert(schema, document) as PublishedSchema;
}

function convert(value: unknown, document: string): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, document));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...rest } = value as PublishedSchema;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? `${document}${item}` : convert(item, document),
    ]),
  );
  return nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted;
}
