import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';

export type DirectoryEntry = { organization: string; project: string };

const PREFIX = 'project:';

/**
 * Knows which projects exist, because a namespace of objects cannot be listed, and to whom each belongs, for life. One
 * object; the cron and the API of operators read it, recovery does not.
 */
export class Directory extends DurableObject<Env> {
  /** Enters a project, and answers whose it is: of two who want the same name, the first has it. */
  async register(entry: DirectoryEntry): Promise<DirectoryEntry> {
    const key = `${PREFIX}${entry.project}`;
    const known = this.ctx.storage.kv.get<DirectoryEntry>(key);
    if (known === undefined) this.ctx.storage.kv.put(key, entry);
    return known ?? entry;
  }

  /** Whose a project is; `null` when there is none of that name. */
  async organizationOf(project: string): Promise<string | null> {
    return this.ctx.storage.kv.get<DirectoryEntry>(`${PREFIX}${project}`)?.organization ?? null;
  }

  async list(): Promise<DirectoryEntry[]> {
    return [...this.ctx.storage.kv.list<DirectoryEntry>({ prefix: PREFIX })].map(([, entry]) => entry);
  }
}

/** The one directory. */
export function directory(env: Env): DurableObjectStub<Directory> {
  return env.DIRECTORY.getByName('directory');
}
