import { redactLines } from '@fettle/core/redaction';
import { readNewestLines } from '@fettle/pidnap/read-log';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';

/** Lines of each process, and characters of each line, that are kept. */
const LINES = 500;
const LINE_CHARS = 4000;

/**
 * Writes the last lines of every process that pidnap knows, from its files on the disk: pidnap itself may hang. Returns
 * the path, `null` when there is no log.
 */
export async function writeServiceLogs(
  disk: DiskLayout,
  { path, secrets }: { path: string; secrets: readonly string[] },
): Promise<string | null> {
  const sections: string[] = [];
  for (const name of (await readdir(disk.pidnapLogs)).toSorted()) {
    const { lines, more } = await readNewestLines(join(disk.pidnapLogs, name), null, { tail: LINES });
    // Before they are cut: part of a secret would not be known for one.
    const clean = redactLines(
      lines.map(({ text }) => text),
      secrets,
    );
    const texts = lines.map(
      ({ at, stream }, index) =>
        `${new Date(at).toISOString()} ${stream} ${(clean[index] ?? '').slice(0, LINE_CHARS)}`,
    );
    sections.push(`== ${name}${more ? `, the last ${LINES} lines` : ''} ==`, ...texts, '');
  }
  if (sections.length === 0) return null;
  await writeFile(path, sections.join('\n'));
  return path;
}
