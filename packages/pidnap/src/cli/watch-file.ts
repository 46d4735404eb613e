import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/**
 * Tells when a file has changed and is quiet again. Its folder is watched: many editors put a new file in the place of
 * the old one.
 */
export function watchFile(path: string, onChange: () => void): FSWatcher {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(path), (_event, name) => {
    if (name !== null && name !== basename(path)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  });
  watcher.once('close', () => clearTimeout(timer));
  watcher.on('error', (error) => console.error(`pidnap: ${path} is watched no more: ${error.message}`));
  return watcher;
}
