import type { FettleClient } from '@fettle/client';
import type { AuditHead } from '@fettle/contract/audit';
import type { ReadRows } from './read-rows.ts';

/** A chain of a control plane: its rows, and what was exported of it. */
export type Chain = { name: string; rows: ReadRows; heads: () => Promise<AuditHead[]> };

/** The chain of one project. */
export function projectChain(client: FettleClient, project: string): Chain {
  return {
    name: project,
    rows: (page) => client.audit.list({ project, ...page }),
    heads: () => client.audit.heads({ project }),
  };
}

/** The chain of what belongs to no project: tokens, members, quotas. */
export function accessChain(client: FettleClient): Chain {
  return {
    name: 'access',
    rows: (page) => client.audit.listAccess(page),
    heads: () => client.audit.accessHeads(),
  };
}
