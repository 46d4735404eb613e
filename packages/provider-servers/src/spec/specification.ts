import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { PublishedOperation, PublishedParameter, SpecificationExtract } from './extract.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** What does not fit the specification: where, and what was expected there. Never what came. */
export type Mismatch = { field: string; expected: string };

/** A request as it came in, its parameters still text. */
export type RawRequest = {
  path: Record<string, string>;
  query: Record<string, string | string[]>;
  headers: Headers;
  body: unknown;
};

/** Parameters of a request that fits, with the types that the specification gives them. */
export type CheckedParameters = Record<string, unknown>;

/** A published specification, ready to check what is asked and what is answered. */
export interface Specification {
  readonly operations: readonly PublishedOperation[];
  /** The typed parameters, or what does not fit. */
  checkRequest(
    operation: PublishedOperation,
    request: RawRequest,
  ): { parameters: CheckedParameters } | { mismatch: Mismatch };
  /** `null` when the answer fits; also for a status that the specification does not describe. */
  checkAnswer(operation: PublishedOperation, status: number, body: unknown): Mismatch | null;
}

const DOCUMENT = 'specification.json';

/** Prepares an extract. Throws when one of its schemas is none. */
export function openSpecification(extract: SpecificationExtract): Specification {
  const document = {
    schemas: Object.fromEntries(
      Object.entries(extract.schemas).map(([name, schema]) => [name, jsonSchemaOf(schema, DOCUMENT)]),
    ),
  };
  const bodies = validator(document, false);
  const parameters = validator(document, 'array');
  const compiled = new Map<string, ValidateFunction>();

  function check(
    ajv: Ajv,
    key: string,
    schema: PublishedParameter['schema'],
    value: unknown,
  ): Mismatch | null {
    const validate = compiled.get(key) ?? ajv.compile(jsonSchemaOf(schema, DOCUMENT));
    compiled.set(key, validate);
    if (validate(value) || validate.errors?.[0] === undefined) return null;
    return mismatchOf(validate.errors[0]);
  }

  return {
    operations: extract.operations,

    checkRequest(operation, request) {
      const checked: CheckedParameters = {};
      for (const { name, in: where, required, schema } of operation.parameters) {
        const value = where === 'header' ? request.headers.get(name) : request[where][name];
        if (value === undefined || value === null) {
          if (required) return { mismatch: { field: name, expected: 'a value' } };
          continue;
        }
        // ajv puts what it has made of a value back into the object that holds it.
        const holder = { value };
        const wrapped = { type: 'object', properties: { value: schema } };
        const mismatch = check(parameters, `${operation.id} ${where} ${name}`, wrapped, holder);
        if (mismatch !== null) return { mismatch: { ...mismatch, field: name } };
        checked[name] = holder.value;
      }
      if (operation.body !== null) {
        if (request.body === undefined) {
          if (operation.body.required) return { mismatch: { field: 'body', expected: 'a JSON object' } };
        } else {
          const mismatch = check(bodies, `${operation.id} body`, operation.body.schema, request.body);
          if (mismatch !== null) return { mismatch };
        }
      }
      return { parameters: checked };
    },

    checkAnswer(operation, status, body) {
      const schema = operation.answers[status];
      if (schema === undefined || schema === null) return null;
      return check(bodies, `${operation.id} answer ${status}`, schema, body);
    },
  };
}

function validator(document: object, coerceTypes: 'array' | false): Ajv {
  // The specifications use keywords of their own, and formats beside the registered ones.
  const ajv = new Ajv({ strict: false, coerceTypes, validateFormats: true });
  addFormats.default(ajv);
  ajv.addSchema(document, DOCUMENT);
  return ajv;
}

function mismatchOf({ instancePath, keyword, params, message }: ErrorObject): Mismatch {
  const missing = keyword === 'required' ? [String(params['missingProperty'])] : [];
  const field = [...instancePath.split('/').slice(1), ...missing].join('.');
  const values = keyword === 'enum' ? `: ${(params['allowedValues'] as unknown[]).join(', ')}` : '';
  return { field: field === '' ? 'body' : field, expected: `${message ?? 'something else'}${values}` };
}
