import { redact } from '@fettle/core/redaction';
import { MAX_EVIDENCE_PART_BYTES, type InsideEvidence, type RepositoryName } from '@fettle/contract';
import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { currentCheckout, type DiskLayout } from '../disk/layout.ts';
import { readCurrentSet } from '../versions/current-set.ts';
import { saveWork, type FoundWork } from './save-work.ts';
import { gitIn, type GitRun } from './scratch-repository.ts';

const STATUS_LINES = 500;

/** What is known of one checkout, and the work in it. */
export type CheckoutLook = {
  repository: RepositoryName;
  /** Absolute. */
  checkout: string;
  state: InsideEvidence['repositories'][number];
  work: FoundWork | null;
  /** Why the work could not be saved. */
  unsaved: string | null;
};

/** Looks at one of the current checkouts without changing anything in it. `folder`: for what is made of it. */
export async function lookAtCheckout(
  repository: RepositoryName,
  { disk, folder, ...run }: GitRun & { disk: DiskLayout; folder: string },
): Promise<CheckoutLook> {
  const checkout = await realpath(currentCheckout(disk, repository));
  const git = gitIn(checkout, run);
  const commit = await git('rev-parse', '--verify', 'HEAD');
  const status = (await git('status', '--porcelain')).split('\n').filter(Boolean).slice(0, STATUS_LINES);
  const known = readCurrentSet(disk)?.versions[repository] ?? commit;
  const state = { repository, commit, status };
  try {
    const work = await saveWork({ ...run, disk, repository, checkout, known, folder });
    return { repository, checkout, state, work, unsaved: null };
  } catch (error) {
    return {
      repository,
      checkout,
      state,
      work: null,
      unsaved: error instanceof Error ? error.message : String(error),
    };
  }
}

/**
 * Writes what is different in the checkouts from what their remotes have, the paths beginning with the name of the
 * repository. Returns the path, `null` when nothing differs.
 */
export async function writeChanges(
  looks: readonly CheckoutLook[],
  { path, secrets, ...run }: GitRun & { path: string; secrets: readonly string[] },
): Promise<string | null> {
  const texts: string[] = [];
  for (const { repository, checkout, work } of looks) {
    const one = `${path}.${repository}`;
    const form = [
      'diff',
      '--no-ext-diff',
      `--src-prefix=a/${repository}/`,
      `--dst-prefix=b/${repository}/`,
      `--output=${one}`,
    ];
    // Without saved work there may be changes all the same: what could not be saved.
    if (work === null) await gitIn(checkout, run)(...form, 'HEAD');
    else await work.run(...form, work.saved.base, work.saved.commit);
    texts.push(await readFile(one, 'utf8'));
    await rm(one);
  }
  const whole = Buffer.from(redact(texts.join(''), secrets));
  if (whole.length === 0) return null;
  await writeFile(path, whole.subarray(0, MAX_EVIDENCE_PART_BYTES));
  return path;
}
