import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';

export type DirectoryEntry = { organization: string; project: string };

const PREFIX = 'project:';

/**
 * Knows which projects exist, because a namespace of objects cannot be listed. One object; the cron and the list of
 * projects read it, recovery does not.
 */
export class Directory extends DurableObject<Env> {
  async register(entry: DirectoryEntry): Promise<void> {
    this.ctx.storage.kv.put(`${PREFIX}${entry.project}`, entry);
  }

  async list(): Promise<DirectoryEntry[]> {
    return [...this.ctx.storage.kv.list<DirectoryEntry>({ prefix: PREFIX })].map(([, entry]) => entry);
  }
}

/** The one directory. */
export function directory(env: Env): DurableObjectStub<Directory> {
  return env.DIRECTORY.getByName('directory');
}
