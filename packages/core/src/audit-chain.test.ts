import { createHash } from 'node:crypto';
import type { AuditEntry, AuditRow } from '@fettle/contract';
import { expect, test } from 'vitest';
import { EMPTY_CHAIN, nextRow, verifyChain, type ChainEnd } from './audit-chain.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function entry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1_700_000_000_000,
    actor: { kind: 'token', id: 'abcdefghijkl' },
    action: 'machines.stop',
    subject: 'demo.web-1.1',
    before: null,
    after: null,
    requestId: 'request-1',
    ...overrides,
  };
}

/** A chain of `length` rows. */
function chain(length: number): AuditRow[] {
  const rows: AuditRow[] = [];
  let end: ChainEnd = EMPTY_CHAIN;
  for (let index = 0; index < length; index++) {
    const row = nextRow(end, entry({ subject: `demo.web-${index}.1` }), sha256);
    rows.push(row);
    end = row;
  }
  return rows;
}

const rows = chain(5);
const at = (index: number): AuditRow => rows[index] as AuditRow;
const heads = [at(2), at(4)];

test('a chain is whole from its beginning to its end, and from any row on', () => {
  expect(verifyChain({ rows, heads, sha256 })).toEqual({ ok: true, seq: 5, hash: at(4).hash });
  expect(verifyChain({ rows: rows.slice(3), heads, sha256, from: at(2) })).toMatchObject({
    ok: true,
    seq: 5,
  });
  expect(verifyChain({ rows: [], heads: [], sha256 })).toMatchObject({ ok: true, seq: 0 });
});

test.each<[string, Partial<AuditRow>]>([
  ['time', { at: 1 }],
  ['actor', { actor: { kind: 'root', id: 'abcdefghijkl' } }],
  ['name of the actor', { actor: { kind: 'token', id: 'someone-else' } }],
  ['action', { action: 'machines.start' }],
  ['subject', { subject: 'demo.web-9.1' }],
  ['state before', { before: '{}' }],
  ['state after', { after: '{}' }],
  ['request', { requestId: null }],
  ['hash', { hash: 'f'.repeat(64) }],
])('a row whose %s was changed is found', (_, change) => {
  const edited = rows.with(1, { ...at(1), ...change });
  expect(verifyChain({ rows: edited, heads, sha256 })).toMatchObject({ ok: false, seq: 2 });
});

test('a row that was taken out, put in or moved is found', () => {
  expect(verifyChain({ rows: rows.toSpliced(1, 1), heads, sha256 })).toMatchObject({ ok: false, seq: 2 });
  expect(verifyChain({ rows: rows.slice(1), heads, sha256 })).toMatchObject({ ok: false, seq: 1 });
  const forged = nextRow(at(1), entry(), sha256);
  expect(verifyChain({ rows: rows.toSpliced(2, 0, forged), heads, sha256 })).toMatchObject({
    ok: false,
    seq: 3,
  });
  const moved = rows.with(1, { ...at(2), seq: 2 }).with(2, { ...at(1), seq: 3 });
  expect(verifyChain({ rows: moved, heads, sha256 })).toMatchObject({ ok: false, seq: 2 });
});

test('rows that were cut off at the end are found by what was exported of them', () => {
  expect(verifyChain({ rows: rows.slice(0, 4), heads, sha256 })).toEqual({
    ok: false,
    seq: 5,
    message: 'rows 5 to 5 were exported and are not there any more',
  });
  expect(verifyChain({ rows: rows.slice(0, 4), heads: [at(2)], sha256 })).toMatchObject({ ok: true });
});

test('a chain that was made anew is found by what was exported of the one before', () => {
  let end: ChainEnd = EMPTY_CHAIN;
  const other = rows.map(() => {
    const row = nextRow(end, entry({ after: 'another past' }), sha256);
    end = row;
    return row;
  });
  expect(verifyChain({ rows: other, heads: [], sha256 })).toMatchObject({ ok: true });
  expect(verifyChain({ rows: other, heads, sha256 })).toMatchObject({
    ok: false,
    seq: 3,
    message: 'row 3 is not the one that was exported',
  });
});
