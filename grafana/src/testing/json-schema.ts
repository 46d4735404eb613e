/** A JSON schema, as far as Grafana's use it. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  definitions?: Record<string, Schema>;
};

const CHECKED =
  /^(?:\$ref|type|properties|required|additionalProperties|items|enum|const|allOf|anyOf|oneOf|minLength|maxLength|minimum|maximum|exclusiveMinimum|exclusiveMaximum|definitions)$/;
const WITHOUT_CONSEQUENCE = /^(?:description|default|\$schema|format|title|deprecated|x-.*)$/;

/** What is wrong with `value`, a line each, with its place. Throws when the schema uses a word that is not checked here. */
export function violations(value: unknown, schema: Schema, root: Schema = schema, at = '$'): string[] {
  const unknown = Object.keys(schema).filter(
    (word) => !CHECKED.test(word) && !WITHOUT_CONSEQUENCE.test(word),
  );
  if (unknown.length > 0) throw new Error(`the schema at ${at} uses ${unknown.join(', ')}`);
  if (isAnything(schema)) return [];
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    const target = root.definitions?.[name];
    if (target === undefined) throw new Error(`the schema has no ${schema.$ref}`);
    return violations(value, target, root, at);
  }
  return [
    ...ofType(value, schema, at),
    ...ofChoice(value, schema, root, at),
    ...(schema.allOf ?? []).flatMap((all) => violations(value, all, root, at)),
    ...ofSize(value, schema, at),
    ...(Array.isArray(value) && schema.items !== undefined
      ? value.flatMap((item, index) => violations(item, schema.items!, root, `${at}[${index}]`))
      : []),
    ...(isObject(value) ? ofObject(value, schema, root, at) : []),
  ];
}

/** Grafana's generator writes what may be anything as an object of anything; its own builders put texts there. */
function isAnything({ type, properties, additionalProperties }: Schema): boolean {
  const open = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length === 0;
  return type === 'object' && properties === undefined && open;
}

function ofType(value: unknown, { type, enum: allowed, const: only }: Schema, at: string): string[] {
  const types = type === undefined ? [] : [type].flat();
  const wrong = [];
  if (
    types.length > 0 &&
    !types.includes(typeOf(value)) &&
    !(types.includes('number') && typeOf(value) === 'integer')
  )
    wrong.push(`${at}: expected ${types.join(' or ')}, got ${typeOf(value)}`);
  if (allowed !== undefined && !allowed.includes(value))
    wrong.push(`${at}: expected one of ${JSON.stringify(allowed)}`);
  if (only !== undefined && only !== value) wrong.push(`${at}: expected ${JSON.stringify(only)}`);
  return wrong;
}

function ofChoice(value: unknown, { anyOf, oneOf }: Schema, root: Schema, at: string): string[] {
  const choices = [...(anyOf ?? []), ...(oneOf ?? [])];
  if (choices.length === 0) return [];
  const tries = choices.map((choice) => violations(value, choice, root, at));
  return tries.some((wrong) => wrong.length === 0) ? [] : tries.toSorted((a, b) => a.length - b.length)[0]!;
}

function ofSize(value: unknown, schema: Schema, at: string): string[] {
  const { minLength = 0, maxLength = Infinity } = schema;
  if (typeof value === 'string' && (value.length < minLength || value.length > maxLength))
    return [`${at}: expected ${minLength} to ${maxLength} characters`];
  const {
    minimum = -Infinity,
    maximum = Infinity,
    exclusiveMinimum = -Infinity,
    exclusiveMaximum = Infinity,
  } = schema;
  if (
    typeof value === 'number' &&
    (value > maximum || value < minimum || value >= exclusiveMaximum || value <= exclusiveMinimum)
  )
    return [`${at}: ${value} is too much or too little`];
  return [];
}

function ofObject(value: Record<string, unknown>, schema: Schema, root: Schema, at: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}: expected ${name}`);
  const inside = Object.entries(value).flatMap(([name, item]) => {
    const own = properties[name] ?? additionalProperties;
    if (own === false) return [`${at}: nothing is called ${name}`];
    return own === true || item === undefined ? [] : violations(item, own, root, `${at}.${name}`);
  });
  return [...missing, ...inside];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
