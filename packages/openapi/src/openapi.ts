/** As much of an OpenAPI 3.1 document as ours has. */
import type { Access } from '@fettle/contract';

export type Reference = { $ref: string };

export type JsonSchema = {
  $ref?: string;
  type?: string;
  enum?: readonly (string | number)[];
  const?: unknown;
  description?: string;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  'x-fettle-errors'?: unknown;
};

export type Content = Readonly<Record<string, { schema: JsonSchema; example?: unknown }>>;

export type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: JsonSchema;
  example?: unknown;
};

export type Body = { required: boolean; content: Content };

export type Response = {
  description: string;
  headers?: Readonly<Record<string, { description: string; schema: JsonSchema }>>;
  content?: Content;
};

export type Operation = {
  operationId: string;
  summary: string;
  description?: string;
  tags: readonly string[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly Parameter[];
  requestBody?: Body;
  responses: Readonly<Record<string, Response | Reference>>;
  'x-fettle-access'?: Access;
};

export const METHODS = ['get', 'put', 'post', 'delete'] as const;
export type PathItem = { [method in (typeof METHODS)[number]]?: Operation };
export type Paths = Readonly<Record<string, PathItem>>;

export type Document = {
  openapi: string;
  info: { title: string; version: string; summary: string; description: string };
  servers: readonly { url: string; description: string }[];
  tags: readonly { name: string; description: string }[];
  paths: Paths;
  components: {
    schemas: Readonly<Record<string, JsonSchema>>;
    responses: Readonly<Record<string, Response>>;
    securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
};

/** All operations of a document, each with its path and method, in the document's order. */
export function operationsOf(paths: Paths): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
}
