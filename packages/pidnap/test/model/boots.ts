/** What the end of pidnap and its next start mean to the model, and what a changed config file does. */
import { isGraph, lookUp, needsNewRun } from './catalogue.ts';
import { redefine, stop } from './commands.ts';
import { atOnce } from './moves.ts';
import { ENDED, LIVE, afterTree, newProc, settle, type Proc, type World } from './world.ts';

export type File = Readonly<Record<string, number>>;
type Definitions = Record<string, { variant: number; source: Proc['source'] }>;

/** What was said through the API as far as it stands: until the file says something else than it did then. */
function standing(file: File, overrides: World['overrides']): World['overrides'] {
  return Object.fromEntries(
    Object.entries(overrides).filter(([name, { base }]) => base === (file[name] ?? null)),
  );
}

function effective(file: File, overrides: World['overrides']): Definitions {
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

/** The names in each list of the answer of a reload. */
export type Lists = Record<'added' | 'removed' | 'restarted' | 'adjusted' | 'unchanged', string[]>;

/** Reads a file that `isGoodFile` is true of. */
export function reload(world: World, file: File): { world: World; lists: Lists } {
  const next = effective(file, world.overrides);
  const procs: Record<string, Proc> = {};
  const lists: Lists = { added: [], removed: [], restarted: [], adjusted: [], unchanged: [] };
  for (const [name, proc] of Object.entries(world.procs)) {
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
  return { world: atOnce({ procs, file, overrides: standing(file, world.overrides) }), lists };
}

/** A run is wanted, and the one that there is, or the next, would not be as the new definition says. */
function isOutOfDate(name: string, { variant, desired, phase }: Proc, next: number): boolean {
  return desired === 'up' && phase !== 'scheduled' && needsNewRun(name, variant, next);
}

/** `killed`: pidnap alone. `orderly`: by SIGTERM. `power`: the machine, with everything in it. */
export type Ending = 'killed' | 'orderly' | 'power';

/**
 * Everything that may be after pidnap ended in this way and was started on this file. `mayMiss`: the process had begun
 * its run so shortly before that pidnap may not have known of its pid.
 */
export function bootAgain(world: World, { ending, file, mayMiss = () => false }: Boot): World[] {
  const overrides = standing(file, world.overrides);
  let worlds: World[] = [{ procs: {}, file, overrides }];
  for (const [name, { variant, source }] of Object.entries(effective(file, world.overrides))) {
    const old = world.procs[name];
    const options = old ? restored(name, old, { variant, source }, ending, mayMiss(name, old)) : [];
    const choices = old ? options : [newProc(name, variant, source)];
    worlds = worlds.flatMap((one) =>
      choices.map((proc) => ({ ...one, procs: { ...one.procs, [name]: proc } })),
    );
  }
  return worlds.map(atOnce);
}

export interface Boot {
  readonly ending: Ending;
  readonly file: File;
  readonly mayMiss?: (name: string, proc: Proc) => boolean;
}

function restored(
  name: string,
  old: Proc,
  { variant, source }: { variant: number; source: Proc['source'] },
  ending: Ending,
  mayMiss: boolean,
): Proc[] {
  if (ending === 'killed' && variant === old.variant) {
    return goOn(name, { ...old, source }, mayMiss);
  }
  if (ending === 'orderly')
    return beginAnew(name, shutDown(old), { variant, source, cut: old.phase === 'up' });
  const isLive = LIVE.includes(old.phase);
  const lost: Proc = { ...old, exit: old.phase === 'up' || old.phase === 'ending' ? 'none' : old.exit };
  return beginAnew(name, lost, { variant, source, cut: isLive });
}

/** It is as it was; what ran and is alive is adopted, what ended meanwhile did so unseen. */
function goOn(name: string, old: Proc, mayMiss: boolean): Proc[] {
  const adopted: Proc = { ...old, adopted: true };
  const unseen: Proc = { ...old, exit: 'none', fate: null };
  switch (old.phase) {
    case 'up':
      return old.fate || mayMiss ? [adopted, settle(name, unseen)] : [adopted];
    case 'ending':
      return [adopted, afterTree(name, unseen)];
    case 'emptying':
      return [afterTree(name, old)];
    default:
      return [old];
  }
}

/** How a process rests after a shutdown from a settled world. A wish to be up stays. */
function shutDown(old: Proc): Proc[] {
  if (ENDED.includes(old.phase)) return [old];
  const stopped: Proc = { ...old, phase: 'stopped' };
  if (old.phase !== 'up') return [stopped];
  if (old.adopted) return [{ ...stopped, exit: 'none' }];
  const killed = { ...stopped, exit: 'SIGKILL' };
  return old.child === 'stubborn' ? [killed] : [{ ...stopped, exit: 'SIGTERM' }];
}

function beginAnew(
  name: string,
  rests: Proc | Proc[],
  { variant, source, cut }: { variant: number; source: Proc['source']; cut: boolean },
): Proc[] {
  const { restart, scheduled } = lookUp(name, variant);
  return [rests].flat().map((old) => {
    const kept: Proc = { ...old, variant, source, fate: null, adopted: false, well: false };
    const runsOnce = source === 'api' && restart === 'never';
    if (runsOnce && !scheduled && cut && old.desired === 'up') return { ...kept, phase: 'failed' };
    if (runsOnce && !scheduled && (old.phase === 'completed' || old.phase === 'failed')) return kept;
    const staysDown = old.desired === 'down' && (runsOnce || restart === 'unless-stopped');
    if (staysDown && runsOnce && ENDED.includes(old.phase)) return kept;
    const { runs, restarts, exit } = old;
    const fresh: Proc = { ...newProc(name, variant, source), runs, restarts, exit };
    return staysDown ? { ...fresh, desired: 'down', phase: 'stopped' } : fresh;
  });
}
