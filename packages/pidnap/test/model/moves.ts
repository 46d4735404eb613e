/** What the model expects to happen by itself: at once, or at some time. */
import { lookUp } from './catalogue.ts';
import { unmet } from './needs.ts';
import { ENDED, afterTree, end, spawn, withProc, withoutProc, type Proc, type World } from './world.ts';

/** Carries out what pidnap does in the same turn: ends what lost a dependency, then lets start what may. */
export function atOnce(world: World): World {
  for (const react of [lose, begin]) {
    for (const [name, proc] of Object.entries(world.procs)) {
      const next = react(world, name, proc);
      if (next !== proc) return atOnce(withProc(world, name, next));
    }
  }
  return world;
}

function lose(world: World, name: string, proc: Proc): Proc {
  if (proc.phase !== 'up') return proc;
  const isLost = unmet(world, proc, name).some((edge) => edge.whenLost === 'restart');
  return isLost ? end(proc, 'again') : proc;
}

function begin(world: World, name: string, proc: Proc): Proc {
  if (proc.phase !== 'waiting') return proc;
  const missing = unmet(world, proc, name);
  if (missing.length === 0) return spawn(name, proc);
  const isHopeless = missing.some((edge) => edge.hopeless && edge.whenFailed === 'fail');
  return isHopeless ? { ...proc, phase: 'failed' } : proc;
}

/**
 * How far apart two things can be. `turns`: what pidnap does in one turn is one thing. `steps`: it may be killed between
 * any two steps of a turn.
 */
export type Grain = 'turns' | 'steps';

/** Every world that can be next. Empty: nothing moves any more. */
function nextWorlds(world: World, grain: Grain): World[] {
  const after = grain === 'turns' ? atOnce : (same: World): World => same;
  return Object.entries(world.procs).flatMap(([name, proc]) => {
    if (proc.removing && ENDED.includes(proc.phase)) return [after(withoutProc(world, name))];
    const own = moves(name, proc).map((next) => after(withProc(world, name, next)));
    if (grain === 'turns') return own;
    const reactions = [lose, begin].map((react) => react(world, name, proc)).filter((next) => next !== proc);
    return [...own, ...reactions.map((next) => withProc(world, name, next))];
  });
}

function moves(name: string, proc: Proc): Proc[] {
  const exited = (exit: string, then = proc.then): Proc => ({
    ...proc,
    phase: 'emptying',
    then,
    exit: proc.adopted ? 'none' : exit,
    fate: null,
  });
  switch (proc.phase) {
    case 'up':
      return [
        ...(proc.fate ? [exited(proc.fate, 'settle')] : []),
        ...(proc.well ? [] : [{ ...proc, well: true }]),
        ...(isFoundSick(name, proc) ? [end(proc, 'recover')] : []),
      ];
    case 'ending':
      return waysToEnd(proc).map((exit) => exited(exit));
    case 'emptying':
      return [afterTree(name, proc)];
    case 'backing-off':
      return [{ ...proc, phase: 'waiting' }];
    default:
      return [];
  }
}

function isFoundSick(name: string, { sick, well, variant }: Proc): boolean {
  return sick && well && lookUp(name, variant).health === 'file';
}

/** How a leader that is being ended may be seen to end. */
export function waysToEnd({ adopted, child, fate }: Proc): string[] {
  if (adopted) return ['none'];
  return ['SIGTERM', ...(child === 'stubborn' ? ['SIGKILL'] : []), ...(fate ? [fate] : [])];
}

/** Every world that can be reached from these without anybody doing anything, these included. */
export function reachable(worlds: readonly World[], grain: Grain = 'turns'): World[] {
  const from = grain === 'turns' ? worlds.map(atOnce) : worlds;
  const seen = new Map(from.map((world) => [keyOf(world), world]));
  const open = [...seen.values()];
  for (let world = open.pop(); world; world = open.pop()) {
    for (const next of nextWorlds(world, grain)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.set(key, next);
      open.push(next);
    }
    if (seen.size > 100_000) throw new Error('the model has too many worlds: make the generator tamer');
  }
  return [...seen.values()];
}

/** The worlds in which nothing moves any more. */
export function settledWorlds(worlds: readonly World[]): World[] {
  return reachable(worlds).filter((world) => nextWorlds(world, 'turns').length === 0);
}

export function distinct(worlds: readonly World[]): World[] {
  return [...new Map(worlds.map((world) => [keyOf(world), world])).values()];
}

function keyOf(world: World): string {
  return JSON.stringify(world);
}
