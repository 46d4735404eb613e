/** Entries of the audit log: who did what, and what that changed. The one place where they get their form. */
import { MAX_AUDIT_TEXT, type Actor, type AuditEntry } from '@fettle/contract';
import { redact } from './redaction.ts';

/** Fettle itself, where nobody asked. */
export const SYSTEM: Actor = { kind: 'system', id: 'fettle' };

const CUT = '… (cut)';

/** A value as the text of an entry: JSON without secrets, no longer than an entry may be. */
export function auditText(value: unknown): string {
  const text = redact(JSON.stringify(value));
  return text.length <= MAX_AUDIT_TEXT ? text : `${text.slice(0, MAX_AUDIT_TEXT - CUT.length)}${CUT}`;
}

/** What differs between two states of something, as `before` and `after` of an entry; `null` where nothing does. */
export function difference(before: Fields, after: Fields): Pick<AuditEntry, 'before' | 'after'> {
  const old = onlyWhatDiffers(before, after);
  return old === null
    ? { before: null, after: null }
    : { before: auditText(old), after: auditText(onlyWhatDiffers(after, before)) };
}

type Fields = { readonly [name: string]: unknown };

/** The fields of `a` that `b` has not, or has otherwise; `null` when there are none on either side. */
function onlyWhatDiffers(a: Fields, b: Fields): Fields | null {
  const differing: [string, unknown][] = [];
  let differs = false;
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [one, other] = [a[name], b[name]];
    if (one === other || JSON.stringify(one) === JSON.stringify(other)) continue;
    differs = true;
    if (one === undefined) continue;
    differing.push([name, isFields(one) && isFields(other) ? onlyWhatDiffers(one, other) : one]);
  }
  return differs ? Object.fromEntries(differing) : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
