import { Grant, Role } from '@fettle/contract/operator-access';
import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import { EVERYWHERE } from '../output/format-grant.ts';

/** Help for the option that says what somebody may do. */
export const GRANT_HELP = `a role and where it holds: ${Role.options.join(', ')} @ ORGANIZATION, ORGANIZATION/PROJECT or ${EVERYWHERE}, such as operator@acme/shop; may be repeated`;

/** Understands `viewer@acme`, `operator@acme/shop` and `admin@everywhere`; adds it to those before. */
export function grant(text: string, before: readonly Grant[] | undefined): Grant[] {
  const [, role, place = ''] = /^([^@]+)@(.+)$/.exec(text) ?? [];
  const [organization, project = null, ...rest] = place === EVERYWHERE ? [null] : place.split('/');
  const parsed = v.safeParse(Grant, { role, organization, project });
  if (!parsed.success || rest.length > 0) throw new InvalidArgumentError(`Expected ${GRANT_HELP}.`);
  return [...(before ?? []), parsed.output];
}
