import type { Access } from '@fettle/contract';
import { rememberIn } from '../bounded-memory.ts';
import { directory } from '../directory/directory.ts';
import type { Env } from '../env.ts';
import { holds, holdsSomewhere, type Place } from './operator-grants.ts';
import type { Caller } from './operator-caller.ts';

/** Parts of an input that can say where something is done. */
export type Named = { project?: unknown; machineId?: unknown; organization?: unknown };

/** Organizations that one isolate remembers, by project. */
const MAX_PROJECTS = 10_000;

/** A project belongs to one organization for life, so that it is asked once. */
const organizations = new Map<string, string>();

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

/** The directory is asked, and not the project: names that somebody made up must not wake objects of their own. */
async function organizationOf(env: Env, project: string): Promise<string | null> {
  const known = organizations.get(project);
  if (known !== undefined) return known;
  const found = await directory(env).organizationOf(project);
  if (found !== null) rememberIn(organizations, project, found, MAX_PROJECTS);
  return found;
}

function projectOfMachine(machineId: unknown): string | null {
  return typeof machineId === 'string' ? machineId.slice(0, machineId.indexOf('.')) : null;
}
