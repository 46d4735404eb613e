import { describe, expect, test } from 'vitest';
import { auditRows } from '../../test/audit-rows.ts';
import { checkChain, checkExport } from './check-chain.ts';
import type { Chain } from './chains.ts';

/** A chain as a control plane serves it, `page` rows at a time. */
function chain(rows = auditRows(7), { heads = [3, 6], served = rows } = {}): Chain {
  return {
    name: 'demo',
    rows: async ({ after, limit }) => served.filter(({ seq }) => seq > after).slice(0, limit),
    heads: async () => heads.map((seq) => ({ ...rows[seq - 1]!, at: 0 })),
  };
}

describe('a chain of a control plane', () => {
  test('is good when every hash is right and every exported head is in it', async () => {
    const rows = auditRows(7);
    expect(await checkChain(chain(rows))).toEqual({
      chain: 'demo',
      exported: 2,
      ok: true,
      rows: 7,
      seq: 7,
      hash: rows[6]!.hash,
    });
  });

  test('is read to its end, over any number of pages', async () => {
    expect(await checkChain(chain(auditRows(1201)))).toMatchObject({ ok: true, rows: 1201, seq: 1201 });
    expect(await checkChain(chain(auditRows(1000)))).toMatchObject({ ok: true, seq: 1000 });
    const rows = auditRows(1201);
    const served = rows.map((row) => (row.seq === 777 ? { ...row, subject: 'another' } : row));
    expect(await checkChain(chain(rows, { served }))).toMatchObject({ ok: false, seq: 777, rows: 776 });
  });

  test('that has no rows yet is good', async () => {
    expect(await checkChain(chain([], { heads: [] }))).toMatchObject({ ok: true, rows: 0, seq: 0 });
  });

  test('names the first row that was changed', async () => {
    const rows = auditRows(7);
    const served = rows.map((row) => (row.seq === 4 ? { ...row, after: '{"machines":9}' } : row));
    expect(await checkChain(chain(rows, { served }))).toMatchObject({
      ok: false,
      seq: 4,
      message: 'row 4 was changed',
    });
  });

  test('that was cut off after it was exported is found by its head', async () => {
    const rows = auditRows(7);
    expect(await checkChain(chain(rows, { served: rows.slice(0, 5) }))).toMatchObject({ ok: false, seq: 6 });
  });

  test('that was made anew with right hashes is found by what was exported', async () => {
    const served = auditRows(7, { subject: 'demo.web-9.1' });
    expect(await checkChain(chain(auditRows(7), { served }))).toMatchObject({
      ok: false,
      seq: 3,
      message: 'row 3 is not the one that was exported',
    });
    const withoutHeads = chain(served, { heads: [], served });
    expect(await checkChain(withoutHeads, auditRows(2))).toMatchObject({ ok: false, seq: 1 });
  });
});

describe('an export', () => {
  test('that begins in the middle is good from there on', async () => {
    expect(await checkExport('rows.jsonl', auditRows(7).slice(3))).toMatchObject({
      ok: true,
      rows: 4,
      seq: 7,
    });
  });

  test('with a gap names the row that is missing', async () => {
    const rows = auditRows(7).filter(({ seq }) => seq !== 5);
    expect(await checkExport('rows.jsonl', rows)).toMatchObject({ ok: false, seq: 5, rows: 4 });
  });

  test('whose beginning is not that of a chain is refused', async () => {
    const [first, ...rest] = auditRows(3);
    const forged = { ...first!, previousHash: 'f'.repeat(64) };
    expect(await checkExport('rows.jsonl', [forged, ...rest])).toMatchObject({ ok: false, seq: 1 });
  });
});
