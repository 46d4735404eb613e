/** What the end of pidnap and its next start mean to the model. */
import { lookUp } from './catalogue.ts';
import { effective, standing, type Definitions, type File } from './files.ts';
import { distinct, reachable, waysToEnd } from './moves.ts';
import { ENDED, afterTree, newProc, settle, type Proc, type World } from './world.ts';

type Definition = Definitions[string];

/** `killed`: pidnap alone. `orderly`: by SIGTERM. `power`: the machine, with everything in it. */
export type Ending = 'killed' | 'orderly' | 'power';

interface Boot {
  readonly ending: Ending;
  readonly file: File;
}

/**
 * Everything that pidnap may begin with after it ended in this way and was started on this file. Of a run that had not
 * begun `before`, it may not have known the pid.
 */
export function bootAgain(world: World, { ending, file }: Boot, before: World = world): World[] {
  const overrides = standing(file, world.overrides);
  let worlds: World[] = [{ procs: {}, file, overrides }];
  for (const [name, definition] of Object.entries(effective(file, world.overrides))) {
    const old = world.procs[name];
    const choices = old
      ? restored(name, old, { definition, ending, isMissed: old.runs > (before.procs[name]?.runs ?? 0) })
      : [newProc(name, definition.variant, definition.source)];
    worlds = worlds.flatMap((one) =>
      choices.map((proc) => ({ ...one, procs: { ...one.procs, [name]: proc } })),
    );
  }
  return worlds;
}

/** As `bootAgain`, when the first ones that were started were killed while they began. */
export function bootAtLast(
  worlds: readonly World[],
  { stumbles, ...boot }: Boot & { stumbles: number },
): World[] {
  let begun = distinct(worlds.flatMap((world) => bootAgain(world, boot)));
  for (let i = 0; i < stumbles; i++) {
    const further = begun.flatMap((before) =>
      reachable([before], 'steps').flatMap((world) =>
        bootAgain(world, { ...boot, ending: 'killed' }, before),
      ),
    );
    begun = distinct([...begun, ...further]);
  }
  return begun;
}

function restored(
  name: string,
  old: Proc,
  { definition, ending, isMissed }: { definition: Definition; ending: Ending; isMissed: boolean },
): Proc[] {
  if (ending === 'killed' && definition.variant === old.variant) {
    return goOn(name, { ...old, source: definition.source }, isMissed);
  }
  const rests = ending === 'orderly' ? shutDown(name, old) : [leftBehind(name, old)];
  return rests.map((rest) => beginAnew(name, rest, definition));
}

/** It is as it was; what ran and is alive is adopted, what ended meanwhile did so unseen. */
function goOn(name: string, old: Proc, isMissed: boolean): Proc[] {
  const adopted: Proc = { ...old, adopted: true };
  const unseen: Proc = { ...old, exit: 'none', fate: null };
  switch (old.phase) {
    case 'up':
      return old.fate || isMissed ? [adopted, settle(name, unseen)] : [adopted];
    case 'ending':
      return [adopted, afterTree(name, unseen)];
    case 'emptying':
      return [afterTree(name, old)];
    default:
      return [old];
  }
}

/** A process as an earlier pidnap left it. `isCut`: in the middle of a run. */
interface Rest {
  readonly proc: Proc;
  readonly isCut: boolean;
}

function shutDown(name: string, old: Proc): Rest[] {
  const stopped: Proc = { ...old, phase: 'stopped' };
  switch (old.phase) {
    case 'up':
    case 'ending':
      return waysToEnd(old).map((exit) => ({ proc: { ...stopped, exit }, isCut: true }));
    case 'emptying':
      return isOver(name, old)
        ? [{ proc: settle(name, old), isCut: false }]
        : [{ proc: stopped, isCut: true }];
    default:
      return [{ proc: ENDED.includes(old.phase) ? old : stopped, isCut: false }];
  }
}

function leftBehind(name: string, old: Proc): Rest {
  if (old.phase === 'up' || old.phase === 'ending') return { proc: { ...old, exit: 'none' }, isCut: true };
  if (old.phase !== 'emptying') return { proc: old, isCut: false };
  return isOver(name, old) ? { proc: settle(name, old), isCut: false } : { proc: old, isCut: true };
}

/** A task that ended by itself; only what it left is being ended. */
function isOver(name: string, { variant, then }: Proc): boolean {
  const { restart, scheduled } = lookUp(name, variant);
  return then === 'settle' && restart === 'never' && !scheduled;
}

/** What came through the API to run once does so; everything else is as at the first start. */
function beginAnew(name: string, { proc: old, isCut }: Rest, { variant, source }: Definition): Proc {
  const { restart, scheduled } = lookUp(name, variant);
  const kept: Proc = { ...old, variant, source, fate: null, adopted: false, well: false };
  const runsOnce = source === 'api' && restart === 'never';
  if (runsOnce && !scheduled && isCut && old.desired === 'up') return { ...kept, phase: 'failed' };
  if (runsOnce && !scheduled && (old.phase === 'completed' || old.phase === 'failed')) return kept;
  const staysDown = old.desired === 'down' && (runsOnce || restart === 'unless-stopped');
  if (staysDown && runsOnce && ENDED.includes(old.phase)) return kept;
  const { runs, restarts, exit } = old;
  const fresh: Proc = { ...newProc(name, variant, source), runs, restarts, exit };
  return staysDown ? { ...fresh, desired: 'down', phase: 'stopped' } : fresh;
}
