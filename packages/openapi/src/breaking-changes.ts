import { operationsOf, type Document, type JsonSchema, type Operation } from './openapi.ts';

/**
 * What somebody who works with `before` would miss, or be refused for, in `now`: operations, fields of answers and words
 * that went away, fields that a request must have now. A change of a path's version is a new path, and breaks nobody as
 * long as the earlier one stays.
 */
export function findBreakingChanges(before: Document, now: Document): string[] {
  const later = new Map(operationsOf(now.paths).map((one) => [`${one.method} ${one.path}`, one.operation]));
  const operations = operationsOf(before.paths).flatMap(({ path, method, operation }) => {
    const same = later.get(`${method} ${path}`);
    if (same === undefined) return [`${method.toUpperCase()} ${path} is gone`];
    return ofOperation(operation, same, before, now).map(
      (what) => `${method.toUpperCase()} ${path}: ${what}`,
    );
  });
  const codes = now.components.schemas.ErrorCode?.enum ?? [];
  const lost = (before.components.schemas.ErrorCode?.enum ?? []).filter((code) => !codes.includes(code));
  return [...operations, ...lost.map((code) => `the error code ${code} is gone`)];
}

function ofOperation(before: Operation, now: Operation, was: Document, is: Document): string[] {
  const success = (operation: Operation): string | undefined =>
    Object.keys(operation.responses).find((status) => status.startsWith('2'));
  const status = success(before);
  if (status !== success(now)) return [`answers ${success(now)} and not ${status}`];
  return [
    ...parameters(before, now),
    ...compare(bodyOf(before), bodyOf(now), { was, is, path: 'request', answer: false, seen: new Set() }),
    ...compare(answerOf(before, status), answerOf(now, status), {
      was,
      is,
      path: 'answer',
      answer: true,
      seen: new Set(),
    }),
  ];
}

function parameters(before: Operation, now: Operation): string[] {
  const known = new Map(before.parameters?.map((one) => [one.name, one]));
  const later = new Map(now.parameters?.map((one) => [one.name, one]));
  return [
    ...[...known.keys()].filter((name) => !later.has(name)).map((name) => `the parameter ${name} is gone`),
    ...[...later.values()]
      .filter(({ name, required }) => required === true && known.get(name)?.required !== true)
      .map(({ name }) => `the parameter ${name} must be given`),
  ];
}

type Comparison = { was: Document; is: Document; path: string; answer: boolean; seen: Set<string> };

/** Compares by the fields of objects; alternatives are compared one by one, in their order. */
function compare(before: JsonSchema | undefined, now: JsonSchema | undefined, how: Comparison): string[] {
  if (before === undefined) return [];
  if (now === undefined) return [`${how.path} is gone`];
  // The same name on both sides is compared once: schemas refer to each other.
  const pair = `${before.$ref ?? ''} ${now.$ref ?? ''}`;
  if (before.$ref !== undefined && how.seen.has(pair)) return [];
  how.seen.add(pair);
  const a = resolved(before, how.was);
  const b = resolved(now, how.is);
  if (a.type !== b.type)
    return [`${how.path} is ${b.type ?? 'of several types'} and not ${a.type ?? 'of several'}`];
  const inner = (name: string): Comparison => ({ ...how, path: `${how.path}.${name}` });
  return [
    ...(a.enum ?? [])
      .filter((word) => b.enum?.includes(word) !== true)
      .map((word) => `${how.path} is never ${JSON.stringify(word)} any more`),
    ...Object.entries(a.properties ?? {}).flatMap(([name, field]) =>
      compare(field, b.properties?.[name], inner(name)),
    ),
    ...(how.answer ? (a.required ?? []) : (b.required ?? []))
      .filter((name) => !(how.answer ? b.required : a.required)?.includes(name))
      .filter((name) => b.properties?.[name] !== undefined)
      .map((name) => `${how.path}.${name} ${how.answer ? 'may be missing' : 'must be given'}`),
    ...compare(a.items, b.items, inner('items')),
    ...[...(a.anyOf ?? []), ...(a.oneOf ?? [])].flatMap((one, index) =>
      compare(one, [...(b.anyOf ?? []), ...(b.oneOf ?? [])][index], inner(String(index))),
    ),
  ];
}

function resolved(schema: JsonSchema, { components }: Document): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (components.schemas[name] ?? {});
}

const bodyOf = ({ requestBody }: Operation): JsonSchema | undefined =>
  requestBody?.content['application/json']?.schema;

function answerOf({ responses }: Operation, status: string | undefined): JsonSchema | undefined {
  const response = status === undefined ? undefined : responses[status];
  return response === undefined || '$ref' in response
    ? undefined
    : response.content?.['application/json']?.schema;
}
