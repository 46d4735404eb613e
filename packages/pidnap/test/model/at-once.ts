/** What several commands and facts at the same time may lead to: those of every order, with anything in between. */
import { isGoodFile, isInTheWay, reload, type File } from './files.ts';
import { outcomes } from './commands.ts';
import { distinct, reachable, type Grain } from './moves.ts';
import type { Call, Fact } from './operations.ts';
import { withProc, type World } from './world.ts';

/** Something that was done: a command or a reload with the code it was answered (null: any), or a fact about a run. */
export type Deed =
  | { readonly call: Call; readonly code: string | null }
  | { readonly file: File; readonly code: string }
  | { readonly fact: Fact['kind']; readonly name: string; readonly run: number };

/** The worlds after all of the deeds. Empty: no order explains the answers. */
export function inAnyOrder(
  worlds: readonly World[],
  deeds: readonly Deed[],
  grain: Grain = 'turns',
): World[] {
  const after = new Map<number, World[]>([[0, distinct(worlds)]]);
  const all = 2 ** deeds.length - 1;
  for (let done = 1; done <= all; done++) {
    const next = deeds.flatMap((deed, i) => {
      const bit = 2 ** i;
      if ((done & bit) === 0) return [];
      return reachable(after.get(done - bit) ?? [], grain).flatMap((world) => carryOut(world, deed));
    });
    after.set(done, distinct(next));
  }
  return after.get(all) ?? [];
}

/** The worlds in which this deed can have gone like this. */
export function carryOut(world: World, deed: Deed): World[] {
  if ('call' in deed) {
    const { call, code } = deed;
    return outcomes(world, call).flatMap((outcome) =>
      code === null || outcome.code === code ? [outcome.world] : [],
    );
  }
  if ('file' in deed) return readFile(world, deed);
  return [suffer(world, deed)];
}

function readFile(world: World, { file, code }: Extract<Deed, { file: File }>): World[] {
  if (!isGoodFile(world, file)) return code === 'INVALID_CONFIG' ? [world] : [];
  // A name that is being removed and comes again is waited for.
  return code === 'ok' && !isInTheWay(world, file) ? [reload(world, file).world] : [];
}

const FATES: Partial<Record<Fact['kind'], string>> = {
  kill: 'SIGKILL',
  exit0: 'code 0',
  exit1: 'code 1',
  daemonize: 'code 1',
};

/** The leader of that run ends like this, if it has not ended. The first fate counts; which one that is is open. */
export function suffer(world: World, deed: Extract<Deed, { fact: unknown }>): World {
  const proc = world.procs[deed.name];
  const fate = FATES[deed.fact];
  const isThere = proc && proc.runs === deed.run && (proc.phase === 'up' || proc.phase === 'ending');
  if (!isThere) return world;
  if (deed.fact === 'sick') return withProc(world, deed.name, { ...proc, sick: true });
  if (fate === undefined || proc.fate !== null) return world;
  return withProc(world, deed.name, { ...proc, fate });
}
