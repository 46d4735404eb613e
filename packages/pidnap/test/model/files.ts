/** Which definitions hold under a config file, and what a changed one does. */
import { isGraph, needsNewRun } from './catalogue.ts';
import { redefine, stop } from './commands.ts';
import { newProc, type Proc, type World } from './world.ts';

export type File = Readonly<Record<string, number>>;
export type Definitions = Record<string, { variant: number; source: Proc['source'] }>;

/** What was said through the API as far as it stands: until the file says something else than it did then. */
export function standing(file: File, overrides: World['overrides']): World['overrides'] {
  return Object.fromEntries(
    Object.entries(overrides).filter(([name, { base }]) => base === (file[name] ?? null)),
  );
}

export function effective(file: File, overrides: World['overrides']): Definitions {
  const all: Definitions = {};
  for (const [name, variant] of Object.entries(file)) all[name] = { variant, source: 'config' };
  for (const [name, { variant }] of Object.entries(standing(file, overrides))) {
    if (variant === null) delete all[name];
    else all[name] = { variant, source: 'api' };
  }
  return all;
}

/** pidnap can be told this file in this world. */
export function isGoodFile(world: World, file: File): boolean {
  const next = Object.entries(effective(file, world.overrides));
  return isGraph(file) && isGraph(Object.fromEntries(next.map(([name, { variant }]) => [name, variant])));
}

/** Something that is being removed is to be there under this file. */
export function isInTheWay(world: World, file: File): boolean {
  return Object.keys(effective(file, world.overrides)).some((name) => world.procs[name]?.removing);
}

/** The names in each list of the answer of a reload. */
export type Lists = Record<'added' | 'removed' | 'restarted' | 'adjusted' | 'unchanged', string[]>;

/** Reads a file that `isGoodFile` is true of. */
export function reload(world: World, file: File): { world: World; lists: Lists } {
  const next = effective(file, world.overrides);
  const procs: Record<string, Proc> = {};
  const lists: Lists = { added: [], removed: [], restarted: [], adjusted: [], unchanged: [] };
  for (const [name, proc] of Object.entries(world.procs)) {
    if (proc.removing) {
      procs[name] = proc;
      continue;
    }
    const found = next[name];
    if (!found) lists.removed.push(name);
    else if (found.variant === proc.variant) lists.unchanged.push(name);
    else lists[isOutOfDate(name, proc, found.variant) ? 'restarted' : 'adjusted'].push(name);
    procs[name] = found
      ? redefine(name, proc, found.variant, found.source)
      : { ...stop(proc), removing: true };
  }
  for (const [name, { variant, source }] of Object.entries(next)) {
    if (procs[name]) continue;
    lists.added.push(name);
    procs[name] = newProc(name, variant, source);
  }
  return { world: { procs, file, overrides: standing(file, world.overrides) }, lists };
}

/** A run is wanted, and the one that there is, or the next, would not be as the new definition says. */
function isOutOfDate(name: string, { variant, desired, phase }: Proc, next: number): boolean {
  return desired === 'up' && phase !== 'scheduled' && needsNewRun(name, variant, next);
}
