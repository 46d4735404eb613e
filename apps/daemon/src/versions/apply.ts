import type {
  MachineSpec,
  RepositoryName,
  RepositoryUrls,
  VersionChangeResult,
  VersionRefs,
} from '@fettle/contract';
import { mkdir } from 'node:fs/promises';
import type { DiskLayout } from '../disk/layout.ts';
import { resolveCommit } from './git-cache.ts';
import { createGit, type Git } from './git.ts';
import { keepReplacedWork } from './keep-work.ts';
import { takeLock } from './lock.ts';
import { makeVersion } from './make-version.ts';
import {
  isNewerAction,
  isStaleAction,
  newestAction,
  processesToRestart,
  refsToResolve,
  repositoriesToChange,
} from './plan-change.ts';
import { readCurrentSet, type StoredSet } from './current-set.ts';
import { repositoryAccess } from './repository-access.ts';
import { clearRestartDue, noteRestartDue, readRestartDue } from './restart-due.ts';
import { forgetOldApplyTasks, restartProcesses } from './restart-processes.ts';
import { VersionChangeError, inStep } from './version-change-error.ts';
import { nextSetNumber, noteAction, pruneSets, removeLeftovers, switchTo, writeSet } from './version-sets.ts';

/** What `versions apply` is asked to do. */
export type ApplyRequest = {
  disk: DiskLayout;
  spec: MachineSpec;
  /** Clone URLs, passwords included. */
  repositories: RepositoryUrls;
  /** Empty at a machine's start. */
  refs: Partial<VersionRefs>;
  /** The machine starts: nothing runs yet that could be restarted. */
  initial: boolean;
  /** Make new checkouts and install again also where the commits are current already. */
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
  const { disk, spec, initial, action } = request;
  const startedAt = performance.now();
  await inStep('lock', () => prepareFolders(disk));
  using _lock = takeLock(disk.lock);
  const { number, current } = await inStep('lock', () => cleanUp(disk));
  if (initial) await inStep('lock', () => clearRestartDue(disk));
  if (isStaleAction(action, current?.action ?? null)) throw stale(action, current?.action ?? null);

  const order = { request, number, current };
  const { set, changed, processes } = await (initial ? bringToStart(order) : bringTo(order));

  await restartProcesses({ disk, processes, action });
  await inStep('restart', () => clearRestartDue(disk));
  await pruneSets(disk).catch((error: unknown) =>
    console.error(`Old versions stay for now: ${String(error)}`),
  );
  if (!initial) await forgetOldApplyTasks(disk);

  const previous = current && { ...current.versions, image: spec.image };
  const versions = { ...set.versions, image: spec.image };
  return { ok: true, versions, previous, changed, durationMs: Math.round(performance.now() - startedAt) };
}

/** A request, and what is on the disk: the current set, and a number for the next one. */
type Order = { request: ApplyRequest; number: number; current: StoredSet | null };

/** The set that is current now, what is new in it, and who has to be restarted for it. */
type Brought = { set: StoredSet; changed: RepositoryName[]; processes: string[] };

/**
 * What a machine starts with: what is on its disk, unless somebody asked for newer versions. When those cannot be had it
 * starts with what it has, and says so: a machine that runs old versions is worth more than one that does not run.
 */
async function bringToStart(order: Order): Promise<Brought> {
  const { request, current } = order;
  const { versions, versionsFrom } = request.spec;
  if (current === null) return bringTo(order);
  const asItIs = { set: current, changed: [], processes: [] };
  if (!isNewerAction(versionsFrom, current.action)) return asItIs;
  try {
    return await bringTo({ ...order, request: { ...request, refs: versions } });
  } catch (error) {
    const why = error instanceof VersionChangeError ? `${error.step}: ${error.message}` : String(error);
    console.error(
      `The versions of ${versionsFrom} could not be had; the machine starts with set ${current.number}. ${why}`,
    );
    return asItIs;
  }
}

async function bringTo(order: Order): Promise<Brought> {
  const { disk, spec, initial } = order.request;
  const { set, changed } = await makeSet(order);
  const due = initial ? [] : readRestartDue(disk, order.current?.number ?? null);
  const processes = initial ? [] : processesToRestart({ changed, services: spec.services, due });
  if (order.current !== null) await keepReplacedWork({ disk, current: order.current, changed, set });
  if (changed.length > 0) await inStep('switch', () => makeCurrent({ disk, set, processes }));
  else await inStep('switch', () => noteAction(disk, set, order.current));
  return { set, changed, processes };
}

async function prepareFolders(disk: DiskLayout): Promise<void> {
  for (const folder of [disk.gitCaches, disk.checkouts, disk.sets, disk.npmCache, disk.tools, disk.home]) {
    await mkdir(folder, { recursive: true });
  }
}

/** Removes what killed runs left. The number for a new set is above theirs: their children may still be writing. */
async function cleanUp(disk: DiskLayout): Promise<{ number: number; current: StoredSet | null }> {
  const number = await nextSetNumber(disk);
  await removeLeftovers(disk);
  await pruneSets(disk);
  return { number, current: readCurrentSet(disk) };
}

/** The set that was asked for, complete on the disk but not current; the current one when nothing differs. */
async function makeSet({
  request,
  number,
  current,
}: Order): Promise<{ set: StoredSet; changed: RepositoryName[] }> {
  const { disk, spec, fresh, initial } = request;
  const action = newestAction(initial ? spec.versionsFrom : request.action, current?.action ?? null);
  const git = await inStep('fetch', () => createGit(disk));
  const resolved = await resolveAll({ request, git, hasCurrent: current !== null });
  const changed = repositoriesToChange({ resolved, current: current?.versions ?? null, fresh });
  if (changed.length === 0 && current !== null) return { set: { ...current, action }, changed };

  const made = await makeVersion({ disk, git, spec, number, commits: pick(resolved, changed) });
  const part = (repository: RepositoryName) => {
    const own = made.get(repository);
    if (own !== undefined) return own;
    if (current === null) throw new Error(`There is no version of ${repository}`);
    return { commit: current.versions[repository], folder: current.checkouts[repository] };
  };
  const [platform, customer] = [part('platform'), part('customer')];
  const set = {
    number,
    versions: { image: spec.image, platform: platform.commit, customer: customer.commit },
    action,
    checkouts: { platform: platform.folder, customer: customer.folder },
  };
  return { set, changed };
}

async function resolveAll({
  request: { disk, spec, repositories, refs },
  git,
  hasCurrent,
}: {
  request: ApplyRequest;
  git: Git;
  hasCurrent: boolean;
}): Promise<Map<RepositoryName, string>> {
  const resolved = new Map<RepositoryName, string>();
  for (const [repository, ref] of refsToResolve({ refs, first: spec.versions, hasCurrent })) {
    console.error(`Resolving ${repository} ${ref}`);
    const remote = repositoryAccess(repositories[repository]);
    const cache = { disk, git, repository, remote };
    resolved.set(repository, await inStep('fetch', () => resolveCommit(cache, ref)));
  }
  return resolved;
}

async function makeCurrent({
  disk,
  set,
  processes,
}: {
  disk: DiskLayout;
  set: StoredSet;
  processes: string[];
}): Promise<void> {
  await writeSet(disk, set, Date.now());
  if (processes.length > 0) await noteRestartDue(disk, { set: set.number, processes });
  await switchTo(disk, set.number);
  console.error(`Current is set ${set.number}: ${JSON.stringify(set.versions)}`);
}

function pick(resolved: ReadonlyMap<RepositoryName, string>, names: readonly RepositoryName[]) {
  return new Map([...resolved].filter(([name]) => names.includes(name)));
}

function stale(action: string, applied: string | null): VersionChangeError {
  const message = `Action ${action} is older than ${applied}, which made the current versions`;
  return new VersionChangeError({ step: 'fence', code: 'STALE_ACTION', message });
}
