import type { AuditEntry, AuditRow } from '@fettle/contract/audit';
import { EMPTY_CHAIN, nextRow, type ChainEnd } from '@fettle/core/audit-chain';
import { createHash } from 'node:crypto';
import { T0 } from './builders.ts';

/** The first rows of a chain: somebody stops a machine, once a second. */
export function auditRows(count: number, overrides: Partial<AuditEntry> = {}): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let end: ChainEnd = EMPTY_CHAIN; rows.length < count; end = rows.at(-1)!) {
    const entry: AuditEntry = {
      at: T0 + 1000 * end.seq,
      actor: { kind: 'token', id: 'abcdefghijkl' },
      action: 'machines.stop',
      subject: 'demo.web-1.1',
      before: null,
      after: '{"desired":"stopped"}',
      requestId: 'r-12345678',
      ...overrides,
    };
    rows.push(nextRow(end, entry, (text) => createHash('sha256').update(text).digest('hex')));
  }
  return rows;
}
