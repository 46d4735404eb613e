import { beforeAll, expect, test } from 'vitest';
import { findBreakingChanges } from './breaking-changes.ts';
import { openApiDocument } from './document.ts';
import type { Document } from './openapi.ts';

let text: string;
beforeAll(async () => (text = JSON.stringify(await openApiDocument(new Map()))));

/** The document with one piece of its text exchanged. */
function changed(from: string, to: string): Document {
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Document;
}
const before = () => JSON.parse(text) as Document;

test('nothing breaks when nothing changes', () =>
  expect(findBreakingChanges(before(), before())).toEqual([]));

test.each([
  ['"/api/v1/whoami"', '"/api/v2/whoami"', 'GET /api/v1/whoami is gone'],
  [
    '"enum":["healthy","unhealthy","unknown"]',
    '"enum":["healthy","unknown"]',
    'is never "unhealthy" any more',
  ],
  ['"stderr":{', '"errors":{', 'answer.stderr is gone'],
  ['"stderr":{"type":"string"', '"stderr":{"type":"number"', 'answer.stderr is number and not string'],
  ['"HOST_UNREACHABLE",', '', 'the error code HOST_UNREACHABLE is gone'],
  ['"required":["role"]', '"required":["role","project"]', 'project must be given'],
  ['"name":"tail","in":"query"', '"name":"last","in":"query"', 'the parameter tail is gone'],
  ['"202":{"description"', '"200":{"description"', 'answers 200 and not 202'],
])('%s into %s breaks somebody', (from, to, what) => {
  expect(findBreakingChanges(before(), changed(from, to)).join('\n')).toContain(what);
});

test.each([
  ['"stderr":{', '"more":{"type":"string"},"stderr":{'],
  ['"HOST_UNREACHABLE",', '"HOST_UNREACHABLE","HOST_ASLEEP",'],
])('%s into %s breaks nobody', (from, to) => {
  expect(findBreakingChanges(before(), changed(from, to))).toEqual([]);
});
