import { OPERATOR_API, operatorContract, type Access } from '@fettle/contract';
import { OpenAPIGenerator } from '@orpc/openapi';
import { isContractProcedure, type AnyContractProcedure } from '@orpc/contract';
import { errorsOf } from './errors.ts';
import { operatorExamples, type Example } from './examples/operator.ts';
import { valibotConverter } from './json-schema.ts';
import {
  operationsOf,
  type Body,
  type Content,
  type Document,
  type JsonSchema,
  type Operation,
  type Parameter,
  type Paths,
  type Response,
} from './openapi.ts';

/** Every procedure of operators as a path of REST, with its roles, its errors and an example. */
export async function operatorPaths(schemas: Readonly<Record<string, JsonSchema>>): Promise<Paths> {
  const generator = new OpenAPIGenerator({ schemaConverters: [valibotConverter] });
  // The generator's own types allow for every OpenAPI document; what it makes of our contract is one of ours.
  const components = { schemas } as object;
  const made = await generator.generate(operatorContract, { info: { title: '', version: '' }, components });
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { path, method, operation } of operationsOf((made as unknown as Document).paths))
    (paths[`${OPERATOR_API}${path}`] ??= {})[method] = finished(operation);
  return paths;
}

function finished(operation: Operation): Operation {
  const { operationId, parameters = [], requestBody, responses, ...rest } = operation;
  const example = exampleOf(operationId);
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  if (success === undefined) throw new Error(`${operationId} has no success`);
  const named = parameters.map((parameter) => withExample(parameter, example.request));
  const inPath = new Set(named.map(({ name }) => name));
  return {
    operationId,
    ...rest,
    ...(named.length === 0 ? {} : { parameters: named }),
    ...(requestBody === undefined ? {} : { requestBody: bodyOf(requestBody, example.request, inPath) }),
    responses: {
      [success[0]]: withAnswer(success[1] as Response, example.answer),
      ...errorsOf('Error'),
    },
    security: [{ operatorToken: [] }, { cloudflareAccess: [] }],
    'x-fettle-access': accessOf(operationId),
  };
}

function withExample({ name, in: place, required, schema }: Parameter, request: unknown): Parameter {
  const value = (request as Record<string, unknown>)[name];
  return {
    name,
    in: place,
    ...(required === undefined ? {} : { required }),
    schema,
    ...(value === undefined ? {} : { example: value }),
  };
}

/** What is in the path is not in the body. A body is required: who has nothing to say sends `{}`. */
function bodyOf({ content }: Body, request: unknown, inPath: ReadonlySet<string>): Body {
  const example = Object.fromEntries(Object.entries(request as object).filter(([name]) => !inPath.has(name)));
  return { required: true, content: withExampleOf(content, example) };
}

function withAnswer(response: Response, example: unknown): Response {
  return { ...response, content: withExampleOf(response.content, example) };
}

function withExampleOf(content: Content | undefined, example: unknown): Content {
  return { 'application/json': { schema: content?.['application/json']?.schema ?? {}, example } };
}

function accessOf(operationId: string): Access {
  return procedureOf(operationId)['~orpc'].meta as Access;
}

/** The procedure of the contract that has this name, such as `machines.get`. */
export function procedureOf(operationId: string): AnyContractProcedure {
  const found = at(operatorContract, operationId);
  if (!isContractProcedure(found)) throw new Error(`there is no procedure ${operationId}`);
  return found;
}

/** Its example. */
export function exampleOf(operationId: string): Example<unknown, unknown> {
  return at(operatorExamples, operationId) as Example<unknown, unknown>;
}

function at(root: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], root);
}
