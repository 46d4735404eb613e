import type { MachineSpec, RepositoryName, VersionChangeResult, VersionRefs, VersionSet } from '@fettle/contract';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { makeCheckout } from './checkout.ts';
import { entryFiles } from './entry-file.ts';
import { resolveCommit } from './git-cache.ts';
import { createGit, type Git } from './git.ts';
import { installDependencies } from './install.ts';
import { takeLock } from './lock.ts';
import { isStaleAction, processesToRestart, refsToResolve, repositoriesToChange } from './plan-change.ts';
import { clearRestartDue, noteRestartDue, readRestartDue } from './restart-due.ts';
import { forgetOldApplyTasks, restartProcesses } from './restart-processes.ts';
import { VersionChangeError, inStep } from './version-change-error.ts';
import { nextSetNumber, pruneSets, readCurrentSet, removeLeftovers, switchTo, writeSet } from './version-sets.ts';
import { verifyEntries } from './verify.ts';

/** What `versions apply` is asked to do. */
export type ApplyRequest = {
  disk: DiskLayout;
  spec: MachineSpec;
  /** Empty at a machine's first start. */
  refs: Partial<VersionRefs>;
  /** The machine starts: nothing runs yet that could be restarted, and any whole set will do. */
  initial: boolean;
  fresh: boolean;
  /** Id of the action. */
  action: string;
};

/**
 * Brings the machine to the versions asked for, all or nothing: everything is made and verified beside what runs, then
 * one rename switches both repositories. Killed at any point it leaves one set that can run; what it left over is
 * removed by the next run. Throws a `VersionChangeError` that names the step.
 */
export async function applyVersions(request: ApplyRequest): Promise<VersionChangeResult & { ok: true }> {
  const { disk, initial } = request;
  await inStep('lock', () => prepareFolders(disk));
  using _lock = takeLock(disk.lock);
  const startedAt = performance.now();
  // Before the leftovers go: a name that a killed run's children may still write to is not used again.
  const number = await inStep('lock', () => nextSetNumber(disk));
  await inStep('lock', () => removeLeftovers(disk).then(() => pruneSets(disk)));

  const current = await inStep('lock', () => readCurrentSet(disk));
  const present = current && { ...current.versions, image: request.spec.image };
  const ended = (versions: VersionSet, changed: RepositoryName[]) => {
    const durationMs = Math.round(performance.now() - startedAt);
    return { ok: true as const, versions, previous: present, changed, durationMs };
  };
  if (initial) await inStep('lock', () => clearRestartDue(disk));
  if (initial && present) return ended(present, []);
  if (isStaleAction(request.action, current?.action ?? null)) throw stale(request.action, current?.action);

  const git = createGit(disk);
  const resolved = await resolveAll(request, git, current !== null);
  const changed = repositoriesToChange({ resolved, current: present, fresh: request.fresh });
  const due = await readRestartDue(disk, current?.number ?? null);
  const processes = initial ? [] : processesToRestart({ changed, services: request.spec.services, due });

  let versions = present;
  if (changed.length > 0 || present === null || current === null) {
    const commits = { ...(present ?? {}), ...Object.fromEntries(resolved) } as Record<RepositoryName, string>;
    versions = { image: request.spec.image, platform: commits.platform, customer: commits.customer };
    const made = await makeCheckouts({ request, git, number, changed, commits });
    const checkouts = { ...current?.checkouts, ...made } as Record<RepositoryName, string>;
    const set = { number, versions, action: initial ? null : request.action, checkouts };
    await inStep('switch', async () => {
      await writeSet(disk, set, Date.now());
      if (processes.length > 0) await noteRestartDue(disk, { set: number, processes });
      await switchTo(disk, number);
    });
    console.error(`Current is set ${number}: platform ${versions.platform}, customer ${versions.customer}`);
  }
  await restartProcesses({ disk, processes, action: request.action });
  await inStep('restart', () => clearRestartDue(disk));
  await pruneSets(disk).catch((error: unknown) => console.error(`Old versions stay for now: ${String(error)}`));
  if (!initial) await forgetOldApplyTasks(disk);
  return ended(versions as VersionSet, changed);
}

async function prepareFolders(disk: DiskLayout): Promise<void> {
  for (const folder of [disk.gitCaches, disk.checkouts, disk.sets, disk.npmCache, disk.home]) {
    await mkdir(folder, { recursive: true });
  }
}

async function resolveAll(
  { disk, spec, refs }: ApplyRequest,
  git: Git,
  hasCurrent: boolean,
): Promise<Map<RepositoryName, string>> {
  const resolved = new Map<RepositoryName, string>();
  for (const [repository, ref] of refsToResolve({ refs, first: spec.versions, hasCurrent })) {
    console.error(`Resolving ${repository} ${ref}`);
    const url = spec.repositories[repository];
    resolved.set(repository, await inStep('fetch', () => resolveCommit({ disk, git, repository, url }, ref)));
  }
  return resolved;
}

/** Fresh checkouts, installed and verified. When one fails, all that were made are removed. */
async function makeCheckouts({
  request: { disk, spec },
  git,
  number,
  changed,
  commits,
}: {
  request: ApplyRequest;
  git: Git;
  number: number;
  changed: readonly RepositoryName[];
  commits: Record<RepositoryName, string>;
}): Promise<Partial<Record<RepositoryName, string>>> {
  const made: Partial<Record<RepositoryName, string>> = {};
  try {
    for (const repository of changed) {
      const commit = commits[repository];
      const folder = join(disk.checkouts, `${repository}-${commit}-${number}`);
      made[repository] = folder;
      console.error(`Checking out ${repository} ${commit}`);
      await inStep('checkout', () => makeCheckout({ disk, git, repository, commit, folder }));
      console.error(`Installing ${repository}`);
      await inStep('install', () => installDependencies(disk, folder));
      const entries = entryFiles(repository, spec.services);
      await inStep('verify', () => verifyEntries({ disk, folder, entries }));
    }
    return made;
  } catch (error) {
    for (const folder of Object.values(made)) {
      await rm(folder, { recursive: true, force: true }).catch((left: unknown) =>
        console.error(`${folder} stays until the next change: ${String(left)}`),
      );
    }
    throw error;
  }
}

function stale(action: string, applied: string | null | undefined): VersionChangeError {
  const message = `Action ${action} is older than ${applied}, which made the current versions`;
  return new VersionChangeError({ step: 'fence', code: 'STALE_ACTION', message });
}
