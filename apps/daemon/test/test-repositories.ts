import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushCommit } from '../../../examples/bare-repository.ts';
import {
  commitBadCustomer,
  commitBadPlatform,
  commitGoodCustomer,
  seedRepositories,
} from '../../../examples/seed-repositories.ts';
import { buildDaemon, buildRuntime } from '../scripts/build-image-files.ts';

/** The built programs and a pair of seeded repositories that tests copy from. */
export type TestWorld = {
  folder: string;
  runtime: string;
  /** A pair of repositories of its own. */
  repositories(): Promise<TestRepositories>;
  remove(): Promise<void>;
};

/** Two bare repositories that belong to one test. */
export type TestRepositories = {
  dir: string;
  platformUrl: string;
  customerUrl: string;
  heads: { platform: string; customer: string };
  pushGoodCustomer(): Promise<string>;
  pushBadCustomer(): Promise<string>;
  pushBadPlatform(): Promise<string>;
  /** Pushes a customer version with these files. */
  pushCustomerFiles(files: Record<string, string>): Promise<string>;
  /** Pushes a customer version without this file. */
  removeCustomerFile(path: string): Promise<string>;
};

/** Builds the programs and the repositories once, in a temporary folder. */
export async function makeTestWorld(): Promise<TestWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-daemon-test-'));
  const image = join(folder, 'image');
  const seed = join(folder, 'seed');
  const [{ path: runtime }] = await Promise.all([buildRuntime(image), buildDaemon(image)]);
  const heads = await seedRepositories({ dir: seed, runtimeDir: image });
  return {
    folder,
    runtime,
    async repositories() {
      const dir = await mkdtemp(join(folder, 'repos-'));
      await cp(seed, dir, { recursive: true });
      return openRepositories(dir, heads);
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

function openRepositories(dir: string, heads: TestRepositories['heads']): TestRepositories {
  return {
    dir,
    heads,
    platformUrl: `file://${join(dir, 'platform.git')}`,
    customerUrl: `file://${join(dir, 'customer.git')}`,
    pushGoodCustomer: () => commitGoodCustomer(dir),
    pushBadCustomer: () => commitBadCustomer(dir),
    pushBadPlatform: () => commitBadPlatform(dir),
    pushCustomerFiles: (files) =>
      pushCommit(join(dir, 'customer.git'), async () => ({ message: 'A version of a test', files })),
    removeCustomerFile: (path) =>
      pushCommit(join(dir, 'customer.git'), async (work) => {
        await rm(join(work, path));
        return { message: `Without ${path}`, files: {} };
      }),
  };
}
