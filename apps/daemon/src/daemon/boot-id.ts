import { readFileSync } from 'node:fs';

/** A new id for this start: a random UUID, from the kernel where it gives one away; `node:crypto` takes 3 MB. */
export function newBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'utf8').trim();
  } catch {
    return process.getBuiltinModule('node:crypto').randomUUID(); // not Linux
  }
}
