/** Hunts for one mutant in a process of its own, with a deadline. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';
import type { Catch, Hunt, Mutant } from './mutant.ts';

const run = promisify(execFile);

/** Longer than any hunt takes on a busy computer. A hunt that does not end has found nothing. */
const DEADLINE_MS = 120_000;

export type Hunted = Catch & { name: string; hunt: Hunt; seconds: number };

/** What became of a hunt. `mutant` is `null` for the code as it is: then nothing may be found. */
export async function huntFor(
  { mutant, hunt, name }: { mutant: Mutant | null; hunt: Hunt; name: string },
  folder: string,
): Promise<Hunted> {
  const began = performance.now();
  const file = path.join(folder, `${name}.mjs`);
  await bundle(mutant, file);
  try {
    const caught = await caughtBy(file, hunt);
    return { ...caught, name, hunt, seconds: (performance.now() - began) / 1000 };
  } finally {
    await rm(file, { force: true });
  }
}

async function caughtBy(file: string, hunt: Hunt): Promise<Catch> {
  try {
    const args = ['--max-old-space-size=1024', file, JSON.stringify(hunt)];
    const { stdout } = await run(process.execPath, args, { timeout: DEADLINE_MS });
    return JSON.parse(stdout);
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string };
    const spoke = killed
      ? `no end within ${DEADLINE_MS / 1000} s`
      : (stderr?.trim().split('\n').at(-1) ?? String(error));
    return { found: false, spoke, looked: 0 };
  }
}
