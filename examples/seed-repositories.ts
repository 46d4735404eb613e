import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDaemon } from '../apps/daemon/scripts/build-image-files.ts';
import { headOf, repositoryExists } from './bare-repository.ts';
import { createCustomerRepository, pushBadCustomer, pushGoodCustomer } from './customer-repository.ts';
import { createPlatformRepository, pushBadPlatform } from './platform-repository.ts';

/** Newest commits on `main`. */
export type SeededRepositories = { platform: string; customer: string };

/**
 * Makes the bare repositories `platform.git` and `customer.git` in `dir`, each with a history on `main`, and returns
 * their newest commits. One that is there already stays as it is, later commits included.
 */
export async function seedRepositories({
  dir,
  runtimeDir,
}: {
  dir: string;
  /** Folder that has a built `daemon.cjs`; without it the daemon is built from the present source. */
  runtimeDir?: string;
}): Promise<SeededRepositories> {
  await mkdir(dir, { recursive: true });
  if (!(await repositoryExists(platform(dir)))) await seedPlatform(platform(dir), runtimeDir);
  if (!(await repositoryExists(customer(dir)))) await createCustomerRepository(customer(dir));
  return { platform: await headOf(platform(dir)), customer: await headOf(customer(dir)) };
}

/** Pushes a customer version whose service throws at its start, after an install that succeeded. Returns its commit. */
export async function commitBadCustomer(dir: string): Promise<string> {
  return pushBadCustomer(customer(dir));
}

/** Pushes a customer version that works. Returns its commit. */
export async function commitGoodCustomer(dir: string): Promise<string> {
  return pushGoodCustomer(customer(dir));
}

/** Pushes a platform version whose daemon ends at its start. Returns its commit. */
export async function commitBadPlatform(dir: string): Promise<string> {
  return pushBadPlatform(platform(dir));
}

async function seedPlatform(bare: string, runtimeDir: string | undefined): Promise<void> {
  if (runtimeDir !== undefined) return createPlatformRepository(bare, join(runtimeDir, 'daemon.cjs'));
  const folder = await mkdtemp(join(tmpdir(), 'fettle-daemon-'));
  try {
    await createPlatformRepository(bare, (await buildDaemon(folder)).path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function platform(dir: string): string {
  return join(dir, 'platform.git');
}

function customer(dir: string): string {
  return join(dir, 'customer.git');
}
