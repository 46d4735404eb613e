import { rememberIn } from '../bounded-memory.ts';
import type { Env } from '../env.ts';
import { directory } from './directory.ts';

/** Organizations that one isolate remembers, by project. */
const MAX_PROJECTS = 10_000;

/** A project belongs to one organization for life, so that it is asked once. */
const organizations = new Map<string, string>();

/**
 * Whose a project is; `null` when there is none of that name. The directory is asked, and not the project: names that
 * somebody made up must not wake objects of their own, of which each would keep its storage for ever.
 */
export async function organizationOf(env: Env, project: string): Promise<string | null> {
  const known = organizations.get(project);
  if (known !== undefined) return known;
  const found = await directory(env).organizationOf(project);
  if (found !== null) rememberIn(organizations, project, found, MAX_PROJECTS);
  return found;
}
