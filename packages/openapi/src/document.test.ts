import { credentialContract, machineContract, operatorContract } from '@fettle/contract';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import { contractSources } from '../scripts/contract-sources.ts';
import { findBreakingChanges } from './breaking-changes.ts';
import { machineExamples } from './examples/machine-audience.ts';
import { generatedFiles } from './generated-files.ts';
import { operationsOf, type Document } from './openapi.ts';
import { exampleOf, procedureOf } from './operator-paths.ts';

const root = path.resolve(import.meta.dirname, '../../..');
let files: Record<string, string>;
let document: Document;

beforeAll(async () => {
  files = await generatedFiles(contractSources());
  document = JSON.parse(files['docs/openapi.json'] ?? '') as Document;
});

const procedures = Object.entries(operatorContract).flatMap(([group, inner]) =>
  Object.keys(inner).map((name) => `${group}.${name}`),
);
const parses = (schema: unknown, value: unknown) =>
  v.safeParse(schema as v.GenericSchema, value).issues?.map(({ message }) => message);

test.each([
  'docs/openapi.json',
  'apps/control-plane/assets/openapi.json',
  'apps/control-plane/assets/reference.html',
  'apps/control-plane/assets/reference.css',
])('%s is as the contract says; `npm run openapi` renews it', (file) => {
  expect(readFileSync(path.join(root, file), 'utf8') === files[file]).toBe(true);
});

test('every procedure of operators is there once, with its role', () => {
  const documented = operationsOf(document.paths).filter(({ operation }) => 'x-fettle-access' in operation);
  expect(documented.map(({ operation }) => operation.operationId).toSorted()).toEqual(procedures.toSorted());
  for (const { operation } of documented) expect(operation['x-fettle-access']?.role).not.toBe('nobody');
});

describe('the example of', () => {
  test.each(procedures)('%s fits the contract', (name) => {
    const { inputSchema, outputSchema } = procedureOf(name)['~orpc'];
    const { request, answer } = exampleOf(name);
    if (inputSchema !== undefined) expect(parses(inputSchema, request)).toBeUndefined();
    expect(parses(outputSchema, answer)).toBeUndefined();
  });

  test.each([
    ['report', machineContract.report, machineExamples.rpc.report],
    ['reportMetrics', machineContract.reportMetrics, machineExamples.rpc.reportMetrics],
    ['bootstrap', credentialContract.bootstrap, machineExamples.credentials.bootstrap],
    ['renew', credentialContract.renew, machineExamples.credentials.renew],
  ])('%s fits the contract', (_, procedure, { request, answer }) => {
    expect(parses(procedure['~orpc'].inputSchema, request)).toBeUndefined();
    expect(parses(procedure['~orpc'].outputSchema, answer)).toBeUndefined();
  });
});

/** What the linter says and we leave: with the reason. */
const LEFT: Readonly<Record<string, string>> = {
  'info-license': 'the API of a deployment is licensed by whoever runs it',
};

test('a linter finds no error, and no warning that has no reason', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: files['docs/openapi.json'] ?? '', config });
  const found = problems.filter(
    ({ ruleId, severity }) => severity === 'error' || !Object.hasOwn(LEFT, ruleId),
  );
  expect(
    found.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`),
  ).toEqual([]);
});

/** Absent before the first release that has a document. */
const released = globSync('releases/*/openapi.json', { cwd: root }).toSorted(byVersion).at(-1);

test.skipIf(released === undefined)(`what works with ${released ?? 'the last release'} works`, () => {
  const before = JSON.parse(readFileSync(path.join(root, released ?? ''), 'utf8')) as Document;
  expect(findBreakingChanges(before, document)).toEqual([]);
});

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

test('the page needs nothing that a strict policy of contents forbids, and every link leads somewhere', () => {
  const page = files['apps/control-plane/assets/reference.html'] ?? '';
  expect(page).not.toMatch(/<script|<style| style=| on\w+=|javascript:/);
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(links.filter((id) => !ids.has(id))).toEqual([]);
  expect(existsSync(path.join(root, 'apps/control-plane/assets/reference.css'))).toBe(true);
});
