import type { AuditRow } from '@fettle/contract/audit';
import type { Checked } from '../audit/check-chain.ts';
import { clean, cut, renderTable } from './table.ts';

/** Characters of what was there before and is there now; `--json` has all of them. */
const CHANGE_WIDTH = 60;

/** Rows of an audit log, a line each. */
export function describeRows(rows: readonly AuditRow[]): string {
  if (rows.length === 0) return 'no rows';
  const lines = rows.map(({ seq, at, actor, action, subject, before, after, requestId }) => [
    String(seq),
    formatMoment(at),
    `${actor.kind} ${actor.id}`,
    action,
    subject,
    describeChange(before, after),
    requestId ?? '-',
  ]);
  return renderTable(['row', 'time (utc)', 'who', 'did', 'to', 'change', 'request'], lines);
}

/** What was found of one chain, or why it was not looked at. */
export function describeCheck(check: Checked | { chain: string; skipped: string }): string {
  const { chain } = check;
  if ('skipped' in check) return clean(`${chain}: not looked at: ${check.skipped}`);
  if (!check.ok) return clean(`${chain}: ${check.message}`);
  const rows = check.rows === 1 ? '1 row' : `${check.rows} rows`;
  const compared =
    check.exported === 0
      ? 'nothing was exported to compare them with'
      : `in agreement with what was exported (${check.exported})`;
  return `${chain}: ${rows}, unbroken to row ${check.seq} (${check.hash.slice(0, 12)}); ${compared}`;
}

function describeChange(before: string | null, after: string | null): string {
  if (before === null && after === null) return '-';
  return [before ?? '-', after ?? '-'].map((text) => cut(clean(text), CHANGE_WIDTH)).join(' → ');
}

/** Day and time, in UTC: `2026-01-05 14:03:59`. */
function formatMoment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
