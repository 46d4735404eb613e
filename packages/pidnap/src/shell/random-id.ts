import { readFileSync } from 'node:fs';

/**
 * A random UUID. From the kernel where it gives one away as a file: loading `node:crypto` takes as long as starting four
 * processes, and nothing else at the start needs it.
 */
export function randomId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'utf8').trim();
  } catch {
    // Not Linux, or hidden from us.
    return process.getBuiltinModule('node:crypto').randomUUID();
  }
}
