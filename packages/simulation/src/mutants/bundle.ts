/** Bundles the hunt with one mutant in the code, or with none. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { mutate, type Mutant } from './mutant.ts';

const packages = path.resolve(import.meta.dirname, '../../..');

/** Writes one file that runs by itself. Throws when the mutant's text is not where it should be. */
export async function bundle(mutant: Mutant | null, outfile: string): Promise<void> {
  const plan = mutant === null ? null : planFor(mutant);
  await build({
    entryPoints: [path.join(import.meta.dirname, 'hunt.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
    plugins: plan === null ? [] : [plan.plugin],
  });
  if (plan !== null && !plan.isDone())
    throw new Error(`${mutant?.name}: packages/${mutant?.file} is no part of what is hunted in`);
}

function planFor(mutant: Mutant): { plugin: Plugin; isDone: () => boolean } {
  const file = path.join(packages, mutant.file);
  let done = false;
  const plugin: Plugin = {
    name: 'mutant',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== file) return null;
        done = true;
        return { contents: mutate(await readFile(file, 'utf8'), mutant), loader: 'ts' };
      });
    },
  };
  return { plugin, isDone: () => done };
}
