/** Which hunts are made, and how many at a time. */
import type { Hunt, Mutant } from './mutant.ts';

/** The same hunts in the code as it is, each once, as far as the furthest of its kind goes. */
export function controlsOf(mutants: Mutant[]): { name: string; hunt: Hunt }[] {
  const controls = new Map<string, Hunt>();
  for (const { hunt } of mutants) {
    const name =
      hunt.by === 'explorer' ? `as-it-is-${hunt.configuration}` : `as-it-is-${hunt.machines}-machines`;
    const known = controls.get(name);
    if (known === undefined || reach(known) < reach(hunt)) controls.set(name, hunt);
  }
  return [...controls].map(([name, hunt]) => ({ name, hunt }));
}

function reach(hunt: Hunt): number {
  return hunt.by === 'explorer' ? hunt.mostStates : hunt.seeds;
}

/** The results of all jobs in their order, of which at most `width` are under way. */
export async function inTurns<J, R>(jobs: J[], width: number, run: (job: J) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [index, job] of waiting) results[index] = await run(job);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
