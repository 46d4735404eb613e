import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { FleetFolder } from '../apps/cli/src/connection/fleet-state.ts';
import { runStep } from '../apps/cli/src/warden/run-step.ts';

/** Newest commits of the two repositories. */
export type Heads = { platform: string; customer: string };

/** The image's files and the two repositories, as a start of the product makes them. */
export async function prepareFiles(folder: FleetFolder): Promise<Heads> {
  const signal = AbortSignal.timeout(120_000);
  const built = path.join(folder.root, 'build');
  await runStep(['apps/daemon/scripts/build-image-files.ts', built], signal);
  mkdirSync(folder.image, { recursive: true });
  copyFileSync(path.join(built, 'runtime.cjs'), path.join(folder.image, 'runtime.cjs'));
  const seeded = await runStep(['examples/main.ts', 'seed', folder.repos, '--built-in', built], signal);
  return JSON.parse(seeded) as Heads;
}
