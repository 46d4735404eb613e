/**
 * Who may call what, written down a second time and by hand: nothing here reads what the contract says, so that a slip
 * there does not repeat itself here. A procedure that is not in this table makes the matrix fail.
 */

/** `viewer`, `operator`, `admin`: at least that. */
type Needs = 'viewer' | 'operator' | 'admin';

/**
 * Where that must hold. `project`: in the target's project. `organization`: in the whole organization that is named, and
 * in the one that has the project already. `everywhere`: without limits. `own`: anywhere at all. `giving`: wherever the
 * grants hold that are given.
 */
export type Where = 'project' | 'organization' | 'everywhere' | 'own' | 'giving';

export const OPERATOR_TABLE: Readonly<Record<string, readonly [Needs, Where]>> = {
  'projects.list': ['viewer', 'own'],
  'projects.apply': ['admin', 'organization'],
  'projects.get': ['viewer', 'project'],
  'projects.setPolicy': ['admin', 'project'],
  'projects.setQuota': ['admin', 'everywhere'],
  'projects.overrideGuard': ['operator', 'project'],
  'projects.refreshCode': ['operator', 'project'],
  'projects.stopRollout': ['operator', 'project'],
  'projects.pin': ['operator', 'project'],
  'projects.unpin': ['operator', 'project'],
  'projects.quarantine': ['operator', 'project'],
  'projects.liftQuarantine': ['operator', 'project'],
  'projects.sweep': ['operator', 'project'],
  'machines.list': ['viewer', 'project'],
  'machines.get': ['viewer', 'project'],
  'machines.start': ['operator', 'project'],
  'machines.stop': ['operator', 'project'],
  'machines.restart': ['operator', 'project'],
  'machines.refreshCode': ['operator', 'project'],
  'machines.rebuild': ['operator', 'project'],
  'machines.evidence': ['operator', 'project'],
  'machines.restoreWork': ['operator', 'project'],
  'machines.revokeCredentials': ['operator', 'project'],
  'machines.exec': ['operator', 'project'],
  'machines.snapshots': ['viewer', 'project'],
  'machines.events': ['viewer', 'project'],
  'machines.incidents': ['viewer', 'project'],
  'machines.ledger': ['viewer', 'project'],
  'services.list': ['viewer', 'project'],
  'services.restart': ['operator', 'project'],
  'services.logs': ['operator', 'project'],
  'metrics.query': ['viewer', 'project'],
  'slots.resolve': ['viewer', 'project'],
  'tokens.create': ['admin', 'giving'],
  'tokens.list': ['admin', 'own'],
  // Only who could see every token is told that there is none.
  'tokens.revoke': ['admin', 'everywhere'],
  'tokens.whoami': ['viewer', 'own'],
  'members.set': ['admin', 'giving'],
  'members.list': ['admin', 'own'],
  'members.remove': ['admin', 'everywhere'],
  'audit.list': ['operator', 'project'],
  'audit.heads': ['operator', 'project'],
  'audit.listAccess': ['admin', 'everywhere'],
  'audit.accessHeads': ['admin', 'everywhere'],
};

/** A role, and where it holds: `*`, `acme` or `acme/demo`. */
export type Power = { role: Needs; scope: string };

/** Where a call would do something. */
export type Target = {
  name: string;
  /** Who has the project that is named; `null` when there is none of that name. */
  owner: string | null;
  project: string;
  machineId: string;
  /** Whose project the caller says it is; for procedures that are told. */
  claims: string;
};

const ENOUGH: Record<Needs, readonly Needs[]> = {
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
};

/** Whether somebody with these powers is let in. */
export function isLetIn(
  powers: readonly Power[],
  [needs, where]: readonly [Needs, Where],
  target: Target,
): boolean {
  const scopes = powers.filter(({ role }) => ENOUGH[needs].includes(role)).map(({ scope }) => scope);
  if (scopes.includes('*')) return true;
  switch (where) {
    case 'own':
      return scopes.length > 0;
    case 'everywhere':
      return false;
    case 'project':
      return target.owner !== null && isWithin(scopes, target.owner, target.project);
    case 'organization':
      return scopes.includes(target.claims) && (target.owner === null || scopes.includes(target.owner));
    case 'giving':
      return isWithin(scopes, target.claims, target.project);
  }
}

function isWithin(scopes: readonly string[], organization: string, project: string): boolean {
  return scopes.includes(organization) || scopes.includes(`${organization}/${project}`);
}
