/** Whether grants are enough for something. Pure. */
import type { Grant, Role } from '@fettle/contract';

/** Where a role must hold: in an organization as a whole (`project: null`), in one project, or without limits. */
export type Place = { organization: string; project: string | null } | 'everywhere';

const RANK: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };

/** Whether one of the grants has at least this role there. */
export function holds(grants: readonly Grant[], role: Role, place: Place): boolean {
  return grants.some((grant) => RANK[grant.role] >= RANK[role] && covers(grant, place));
}

/** Whether one of the grants has at least this role anywhere at all. */
export function holdsSomewhere(grants: readonly Grant[], role: Role): boolean {
  return grants.some((grant) => RANK[grant.role] >= RANK[role]);
}

/** Whether somebody with the grants `own` may give all of `grants`: only where they are admins themselves. */
export function mayGive(own: readonly Grant[], grants: readonly Grant[]): boolean {
  return grants.every((grant) => holds(own, 'admin', placeOf(grant)));
}

function placeOf({ organization, project }: Grant): Place {
  return organization === null ? 'everywhere' : { organization, project };
}

function covers(grant: Grant, place: Place): boolean {
  if (grant.organization === null) return true;
  if (place === 'everywhere' || grant.organization !== place.organization) return false;
  return grant.project === null || grant.project === place.project;
}
