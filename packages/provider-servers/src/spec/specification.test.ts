import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import daytona from '../../spec/daytona.json' with { type: 'json' };
import fly from '../../spec/fly.json' with { type: 'json' };
import { extractSpecification } from '../../scripts/extract-specification.ts';
import { EXTRACTS } from '../../scripts/sources.ts';
import { SpecificationExtract, type PublishedOperation } from './extract.ts';
import { openSpecification, type RawRequest } from './specification.ts';

const PACKAGE = path.join(import.meta.dirname, '..', '..');
const PUBLISHED = path.join(PACKAGE, '..', '..', '..', 'shared', 'contracts');

const specification = openSpecification(v.parse(SpecificationExtract, daytona));
const operation = (id: string): PublishedOperation => {
  const found = specification.operations.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
};

const request = (overrides: Partial<RawRequest> = {}): RawRequest => ({
  path: {},
  query: {},
  headers: new Headers(),
  body: undefined,
  ...overrides,
});

test('parameters get the types that are published', () => {
  const query = { limit: '20', states: 'started', isRecoverable: 'true' };
  expect(specification.checkRequest(operation('listSandboxes'), request({ query }))).toEqual({
    parameters: { limit: 20, states: ['started'], isRecoverable: true },
  });
});

test.each([
  ['listSandboxes', request({ query: { limit: '201' } }), 'limit', 'must be <= 200'],
  [
    'listSandboxes',
    request({ query: { sort: 'luck' } }),
    'sort',
    'must be equal to one of the allowed values',
  ],
  ['createSandbox', request({ body: { cpu: 'two' } }), 'cpu', 'must be integer'],
  ['createSandbox', request({ body: { env: { A: 1 } } }), 'env.A', 'must be string'],
  ['createSandbox', request(), 'body', 'a JSON object'],
  ['createSandboxSnapshot', request({ path: { sandboxIdOrName: 'a' }, body: {} }), 'name', 'required'],
])('%s refuses what does not fit and names the field', (id, raw, field, expected) => {
  const checked = specification.checkRequest(operation(id), raw);
  expect(checked).toMatchObject({ mismatch: { field, expected: expect.stringContaining(expected) } });
});

test('fields that the specification does not know are let through, as it says', () => {
  const checked = specification.checkRequest(
    operation('createSandbox'),
    request({ body: { tomorrow: true } }),
  );
  expect(checked).toEqual({ parameters: {} });
});

test('answers are checked by their status; what may be null may be null', () => {
  const page = { items: [], nextCursor: null };
  expect(specification.checkAnswer(operation('listSandboxes'), 200, page)).toBeNull();
  expect(specification.checkAnswer(operation('listSandboxes'), 200, { items: [] })).toMatchObject({
    field: 'nextCursor',
  });
  expect(specification.checkAnswer(operation('listSandboxes'), 404, 'anything')).toBeNull();
});

test('every schema of the extracts can be used', () => {
  for (const extract of [daytona, fly]) {
    const opened = openSpecification(v.parse(SpecificationExtract, extract));
    for (const each of opened.operations)
      for (const status of Object.keys(each.answers)) opened.checkAnswer(each, Number(status), {});
  }
});

for (const { source, operations, file } of EXTRACTS) {
  const published = path.join(PUBLISHED, source);
  const there = existsSync(published);
  if (!there) console.warn(`SKIPPED: ${source} is not there, so spec/${file} is not compared with it`);
  test.skipIf(!there)(`spec/${file} is what ${source} says`, () => {
    const extract = extractSpecification(JSON.parse(readFileSync(published, 'utf8')), operations);
    expect(JSON.parse(readFileSync(path.join(PACKAGE, 'spec', file), 'utf8'))).toEqual(extract);
  });
}
