import type { Grant } from '@fettle/contract/operator-access';

/** The place without limits: it is asked for in so many words. */
export const EVERYWHERE = 'everywhere';

/** A grant as the command line understands it: `operator@acme/shop`. */
export function formatGrant({ role, organization, project }: Grant): string {
  if (organization === null) return `${role}@${EVERYWHERE}`;
  return `${role}@${organization}${project === null ? '' : `/${project}`}`;
}
