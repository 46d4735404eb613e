import type { Access } from '@fettle/contract';
import { organizationOf } from '../directory/organization-of.ts';
import type { Env } from '../env.ts';
import { holds, holdsSomewhere, type Place } from './operator-grants.ts';
import type { Caller } from './operator-caller.ts';

/** Parts of an input that can say where something is done. */
export type Named = { project?: unknown; machineId?: unknown; organization?: unknown };

/** Whether a caller may do what asks for this access, with what the input names. */
export async function mayDo(
  env: Env,
  { grants }: Pick<Caller, 'grants'>,
  { role, at }: Access,
  named: Named,
): Promise<boolean> {
  if (role === 'nobody') return false;
  if (at === 'own') return holdsSomewhere(grants, role);
  if (holds(grants, role, 'everywhere')) return true;
  if (at === 'everywhere' || !holdsSomewhere(grants, role)) return false;
  if (at === 'organization') return mayDoInOrganization(env, grants, role, named);
  const project = at === 'project' ? named.project : projectOfMachine(named.machineId);
  return typeof project === 'string' && holds(grants, role, await placeOf(env, project));
}

/** A project that is there already must be of that organization, or the caller must hold the role there too. */
async function mayDoInOrganization(
  env: Env,
  grants: Caller['grants'],
  role: Exclude<Access['role'], 'nobody'>,
  { organization, project }: Named,
): Promise<boolean> {
  if (typeof organization !== 'string' || !holds(grants, role, { organization, project: null })) return false;
  if (typeof project !== 'string') return true;
  const owner = await organizationOf(env, project);
  return owner === null || holds(grants, role, { organization: owner, project: null });
}

/** Where a project is. One that nobody knows is nowhere in particular: only a grant without limits holds there. */
async function placeOf(env: Env, project: string): Promise<Place> {
  const organization = await organizationOf(env, project);
  return organization === null ? 'everywhere' : { organization, project };
}

function projectOfMachine(machineId: unknown): string | null {
  return typeof machineId === 'string' ? machineId.slice(0, machineId.indexOf('.')) : null;
}
