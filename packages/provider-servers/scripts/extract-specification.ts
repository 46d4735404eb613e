/** Makes an extract from a whole OpenAPI 3.0 or Swagger 2.0 document. Pure. */
import type {
  PublishedOperation,
  PublishedParameter,
  PublishedSchema,
  SpecificationExtract,
} from '../src/spec/extract.ts';

type Json = Record<string, unknown>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** What says nothing about which values are right. */
const PROSE = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'deprecated']);

/** Throws when the document lacks one of the operations: a name that is not found would otherwise not be served. */
export function extractSpecification(
  document: unknown,
  operationIds: readonly string[],
): SpecificationExtract {
  const root = record(document);
  const info = record(root['info']);
  const operations = operationIds.map((id) => operationOf(root, id));
  return {
    title: text(info['title']),
    version: text(info['version']),
    operations,
    schemas: schemasOf(root, operations),
  };
}

function operationOf(root: Json, id: string): PublishedOperation {
  for (const [path, item] of Object.entries(record(root['paths']))) {
    for (const [method, value] of Object.entries(record(item))) {
      if (!METHODS.includes(method)) continue;
      const operation = record(value);
      if (operation['operationId'] !== id) continue;
      const parameters = [...list(record(item)['parameters']), ...list(operation['parameters'])].map(record);
      return {
        id,
        method: method.toUpperCase() as PublishedOperation['method'],
        path,
        parameters: parameters.flatMap(parameterOf),
        body: bodyOf(operation, parameters),
        answers: Object.fromEntries(
          Object.entries(record(operation['responses'])).map(([status, answer]) => [
            status,
            answerOf(record(answer)),
          ]),
        ),
      };
    }
  }
  throw new Error(`The specification has no operation ${id}`);
}

function parameterOf(parameter: Json): PublishedParameter[] {
  const where = parameter['in'];
  if (where !== 'path' && where !== 'query' && where !== 'header') return [];
  const { type, format, items } = parameter;
  const inline = Object.fromEntries(
    Object.entries({ type, format, enum: parameter['enum'], items }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return [
    {
      name: text(parameter['name']),
      in: where,
      required: parameter['required'] === true,
      schema: published(parameter['schema'] ?? inline),
    },
  ];
}

function bodyOf(operation: Json, parameters: Json[]): PublishedOperation['body'] {
  const swagger = parameters.find((parameter) => parameter['in'] === 'body');
  if (swagger !== undefined)
    return { required: swagger['required'] === true, schema: published(swagger['schema']) };
  if (operation['requestBody'] === undefined) return null;
  const body = record(operation['requestBody']);
  const json = jsonContent(body);
  return json === null ? null : { required: body['required'] === true, schema: published(json) };
}

function answerOf(answer: Json): PublishedSchema | null {
  const schema = answer['schema'] ?? jsonContent(answer);
  return schema === null || schema === undefined || record(schema)['type'] === 'file'
    ? null
    : published(schema);
}

function jsonContent(message: Json): unknown {
  if (message['content'] === undefined) return null;
  return record(record(message['content'])['application/json'] ?? {})['schema'] ?? null;
}

/** Everything that the operations refer to, directly or through others. */
function schemasOf(root: Json, operations: PublishedOperation[]): Record<string, PublishedSchema> {
  const all = record(root['definitions'] ?? record(root['components'])['schemas']);
  const found = new Map<string, PublishedSchema>();
  const visit = (value: unknown) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/schemas\/([^"]+)"/g)) {
      if (name === undefined || found.has(name)) continue;
      const schema = published(all[name]);
      found.set(name, schema);
      visit(schema);
    }
  };
  visit(operations);
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Without prose, and with references into the extract. */
function published(schema: unknown): PublishedSchema {
  return record(withoutProse(schema, false));
}

function withoutProse(value: unknown, namesAreData: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item, false));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => namesAreData || !(PROSE.has(key) || key.startsWith('x-')))
      .map(([key, item]) => [
        key,
        key === '$ref' && typeof item === 'string'
          ? item.replace(/^#\/(components\/schemas|definitions)\//, '#/schemas/')
          : withoutProse(item, !namesAreData && key === 'properties'),
      ]),
  );
}

function record(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The specification is not what was expected');
  return value as Json;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
