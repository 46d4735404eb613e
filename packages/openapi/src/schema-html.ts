import { escaped, inline } from './html.ts';
import type { JsonSchema } from './openapi.ts';

/** A schema in full: its fields with what each is, or its words. */
export function schemaBlock(schema: JsonSchema): string {
  const { description, properties, oneOf, items } = schema;
  const about = description === undefined ? '' : `<p>${inline(description)}</p>`;
  if (properties !== undefined)
    return `${about}<table class="fields"><tbody>${fields(schema)}</tbody></table>`;
  if (oneOf !== undefined) return `${about}${oneOf.map((one) => schemaBlock(one)).join('<p>or</p>')}`;
  if (items?.properties !== undefined) return `${about}<p>list of</p>${schemaBlock(items)}`;
  return `${about}<p>${typeOf(schema)}</p>`;
}

function fields({ properties = {}, required = [] }: JsonSchema): string {
  return Object.entries(properties)
    .map(([name, field]) => {
      const must = required.includes(name) ? '' : ' <i>optional</i>';
      const about = field.description === undefined ? '' : `<p>${inline(field.description)}</p>`;
      const below =
        field.properties === undefined ? '' : `<table class="fields"><tbody>${fields(field)}</tbody></table>`;
      return `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${typeOf(field)}${must}${about}${below}</td></tr>`;
    })
    .join('');
}

/** What a value is, in one line; other schemas as links. */
export function typeOf(schema: JsonSchema): string {
  const { $ref, type, items, anyOf, oneOf, enum: words } = schema;
  if ($ref !== undefined) {
    const name = escaped($ref.split('/').at(-1) ?? '');
    return name === 'ErrorCode'
      ? '<a href="#errors">error code</a>'
      : `<a href="#schema-${name}">${name}</a>`;
  }
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) return `${alternatives.map(typeOf).join(' or ')}${bounds(schema)}`;
  if (words !== undefined)
    return `${words.map((word) => `<code>${escaped(String(word))}</code>`).join(' · ')}${bounds(schema)}`;
  if ('const' in schema) return `<code>${escaped(JSON.stringify(schema.const))}</code>`;
  if (items !== undefined) return `list of ${typeOf(items)}${bounds(schema)}`;
  return `${type ?? 'anything'}${bounds(schema)}`;
}

function bounds(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, format } = schema;
  const range = (low: number | undefined, high: number | undefined, unit: string): string => {
    if (low === undefined && high === undefined) return '';
    if (high === undefined) return `at least ${low}${unit}`;
    return low === undefined ? `at most ${high}${unit}` : `${low} to ${high}${unit}`;
  };
  const parts = [
    format ?? '',
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(minItems, maxItems, ' items'),
    pattern === undefined ? '' : `<code>${escaped(pattern)}</code>`,
    'default' in schema ? `default <code>${escaped(JSON.stringify(schema.default))}</code>` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}
