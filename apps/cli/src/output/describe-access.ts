import type { Member, OperatorTokenView } from '@fettle/contract/operator-access';
import type { QuotaView } from '@fettle/contract/quota';
import { formatGrant } from './format-grant.ts';
import { renderTable } from './table.ts';

/** A day, in UTC: `2026-01-05`. */
export function formatDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Tokens of operators, a line each. */
export function describeTokens(tokens: readonly OperatorTokenView[]): string {
  if (tokens.length === 0) return 'no tokens';
  const rows = tokens.map(({ id, name, grants, createdAt, createdBy, expiresAt, revokedAt }) => [
    id,
    name,
    grants.map(formatGrant).join(' '),
    formatDay(createdAt),
    createdBy,
    revokedAt !== null
      ? `revoked ${formatDay(revokedAt)}`
      : expiresAt === null
        ? 'until revoked'
        : `until ${formatDay(expiresAt)}`,
  ]);
  return renderTable(['id', 'name', 'may', 'made', 'by', 'holds'], rows);
}

/** Members, a line each. */
export function describeMembers(members: readonly Member[]): string {
  if (members.length === 0) return 'no members';
  const rows = members.map(({ name, grants, since }) => [
    name,
    grants.map(formatGrant).join(' '),
    formatDay(since),
  ]);
  return renderTable(['name', 'may', 'since'], rows);
}

/** A quota and its use. */
export function describeQuota({ machines, commandsPerHour, used }: QuotaView): string {
  return renderTable(
    ['of', 'used', 'at the most'],
    [
      ['machines', String(used.machines), String(machines)],
      ['commands per hour', String(used.commandsThisHour), String(commandsPerHour)],
    ],
  );
}
