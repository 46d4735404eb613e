import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Entries in an append-only file, one JSON text a line. An entry is on the disk before `add` returns; a last line that
 * a crash cut off is left out when the file is read again.
 */
export async function openGuestbook(folder) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'guestbook.jsonl');
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const entries = text.split('\n').flatMap(parseEntry);
  const file = await open(path, 'a');
  if (text !== '' && !text.endsWith('\n')) await file.write('\n');

  return {
    entries: () => entries,
    async add(text) {
      const entry = { at: new Date().toISOString(), text };
      await file.write(`${JSON.stringify(entry)}\n`);
      await file.datasync();
      entries.push(entry);
      return entry;
    },
  };
}

function parseEntry(line) {
  if (line === '') return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return []; // the line that was being written when the process was killed
  }
}
