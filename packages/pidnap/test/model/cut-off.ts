/** A command that pidnap is killed in the middle of, and that is given again, under the same id, to the next one. */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { bootAgain } from './boots.ts';
import { outcomes, type Outcome } from './commands.ts';
import type { Answer, Machine } from './machine.ts';
import { distinct, reachable } from './moves.ts';
import type { Operation } from './operations.ts';
import type { World } from './world.ts';

type CutOff = Extract<Operation, { do: 'cut off' }>;

/** Gives back the answer to the repeat, and every world that may be after it. */
export async function cutOff(
  machine: Machine,
  { operation, id, worlds }: { operation: CutOff; id: string; worlds: readonly World[] },
): Promise<{ answer: Answer; worlds: World[] }> {
  const { call, ending, afterMs } = operation;
  const asked = machine.call(call, id);
  await delay(afterMs);
  await machine.end(ending);
  const first = await asked;
  await machine.startAgain(ending);
  const answer = await machine.call(call, id);
  if (first.code !== 'lost' && !isDeepStrictEqual(first, answer))
    throw new Error(`answered ${JSON.stringify(first)} before the cut, ${JSON.stringify(answer)} after it`);
  const after = explain(operation, { worlds, first: first.code, again: answer.code });
  if (after.length === 0) throw new Error(`nothing explains the answers ${first.code}, then ${answer.code}`);
  return { answer, worlds: after };
}

/** The worlds in which the answer to the first and to the second call can be these. */
function explain(
  { call, ending }: CutOff,
  { worlds, first, again }: { worlds: readonly World[]; first: string; again: string },
): World[] {
  const boot = (before: World, world: World): World[] =>
    bootAgain(world, {
      ending,
      file: world.file,
      mayMiss: (name, { runs }) => runs > (before.procs[name]?.runs ?? 0),
    });
  const begun = worlds.flatMap((before) => outcomes(before, call).map((outcome) => ({ before, ...outcome })));
  const isInterrupted = again === 'ACTION_INTERRUPTED';
  const wanted = first === 'lost' ? again : first;
  // It was carried out, and what it led to may have begun to happen.
  const done = begun
    .filter(({ code }) => code === wanted || (isInterrupted && first === 'lost'))
    .flatMap(({ before, world }) => reachable([world]).flatMap((reached) => boot(before, reached)));
  if (first !== 'lost') return distinct(done);
  // Of a definition that was written, the process may not have heard.
  const torn = isInterrupted
    ? begun.flatMap(({ before, world }) => boot(before, { ...before, overrides: world.overrides }))
    : [];
  const untouched = worlds.flatMap((world) => boot(world, world));
  const late: Outcome[] = isInterrupted
    ? untouched.map((world) => ({ code: again, world }))
    : reachable(untouched).flatMap((world) => outcomes(world, call));
  return distinct([...done, ...torn, ...late.flatMap(({ code, world }) => (code === again ? [world] : []))]);
}
