import { describe, expect, it } from 'vitest';
import { violations, type Schema } from './json-schema.ts';

const SCHEMA: Schema = {
  $ref: '#/definitions/Box',
  definitions: {
    Box: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', minLength: 1 },
        width: { type: 'number', exclusiveMinimum: 0, maximum: 24 },
        size: { enum: ['s', 'm'] },
        tags: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
      },
    },
  },
};

describe('violations', () => {
  it('finds nothing in what is valid', () => {
    expect(violations({ name: 'a', size: 's', tags: [1, null] }, SCHEMA)).toEqual([]);
  });

  it.each([
    [{}, '$: expected name'],
    [{ name: '' }, '$.name: expected 1 to Infinity characters'],
    [{ name: 1 }, '$.name: expected string, got integer'],
    [{ name: 'a', size: 'x' }, '$.size: expected one of ["s","m"]'],
    [{ name: 'a', width: 0 }, '$.width: 0 is too much or too little'],
    [{ name: 'a', width: 25 }, '$.width: 25 is too much or too little'],
    [{ name: 'a', other: 1 }, '$: nothing is called other'],
    [{ name: 'a', tags: [1.5] }, '$.tags[0]: expected integer, got number'],
    [[], '$: expected object, got array'],
  ])('finds what is wrong with %j', (value, wrong) => {
    expect(violations(value, SCHEMA)).toContain(wrong);
  });

  it('does not guess at words of a schema that it does not know', () => {
    expect(() => violations(1, { not: {} } as Schema)).toThrow('uses not');
  });
});
