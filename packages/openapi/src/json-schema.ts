/** JSON Schemas of the contract's valibot schemas, with a component for everything that the contract exports by name. */
import * as contract from '@fettle/contract';
import type { ConditionalSchemaConverter } from '@orpc/openapi';
import { toJsonSchema, toJsonSchemaDefs, type ConversionConfig } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { JsonSchema } from './openapi.ts';

export type Valibot = v.GenericSchema;

/** Scalars are told where they are used; what has parts, or a list of words, has a name of its own. */
const WORTH_A_NAME = new Set(['object', 'strict_object', 'picklist', 'variant', 'union']);

/** Schemas that the contract exports, by their name there. */
const named: Record<string, Valibot> = Object.fromEntries(
  Object.entries<unknown>({ ...contract })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .filter((entry): entry is [string, Valibot] => isValibot(entry[1]) && WORTH_A_NAME.has(entry[1].type)),
);

/**
 * Schemas are told as they are to be written. In an answer, what has a default is always there.
 * An action without a word in JSON Schema is told in a description where it refuses something.
 */
const config: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'input',
  overrideAction: ({ valibotAction, jsonSchema }) => {
    if (valibotAction.type === 'check') {
      const { message } = valibotAction as unknown as { message: unknown };
      return { ...jsonSchema, description: String(message) };
    }
    return NOT_IN_JSON_SCHEMA.has(valibotAction.type) ? jsonSchema : undefined;
  },
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
};

/** Every number of JSON is finite; `trim` and `to_lower_case` take what they are given. */
const NOT_IN_JSON_SCHEMA = new Set(['finite', 'trim', 'to_lower_case']);

/** A schema of the contract as JSON Schema; what has a name is referred to. */
export function jsonSchemaOf(schema: Valibot): JsonSchema {
  const {
    $schema: _,
    $defs: __,
    ...converted
  } = toJsonSchema(schema, {
    ...config,
    definitions: named,
  });
  return converted as JsonSchema;
}

/** All named schemas. */
export function namedSchemas(): Record<string, JsonSchema> {
  return toJsonSchemaDefs(convertible(), config) as Record<string, JsonSchema>;
}

/** Texts that hold JSON are of files and variables of a machine, and no part of the API. */
function convertible(): Record<string, Valibot> {
  return Object.fromEntries(
    Object.entries(named).filter(([name]) => !['BootEnvironment', 'VersionChangeResultLine'].includes(name)),
  );
}

/** How the generator of oRPC converts schemas of ours. */
export const valibotConverter: ConditionalSchemaConverter = {
  condition: (schema) => schema !== undefined && isValibot(schema),
  convert: (schema) => {
    if (schema === undefined) return [false, {}];
    const { type } = schema as unknown as Valibot;
    // The generator's own type of a JSON Schema and that of an OpenAPI 3.1 document are the same thing.
    return [type !== 'optional' && type !== 'nullish', jsonSchemaOf(schema as unknown as Valibot) as object];
  },
};

function isValibot(value: unknown): value is Valibot {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema';
}
