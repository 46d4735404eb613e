/** A command that pidnap ends in the middle of, and that is given again, under the same id, to the next one. */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { inAnyOrder, type Deed } from './at-once.ts';
import { bootAgain } from './boots.ts';
import { outcomes } from './commands.ts';
import type { Begun } from './children.ts';
import type { Answer, Machine } from './machine.ts';
import { distinct, reachable } from './moves.ts';
import type { Fact, Operation } from './operations.ts';
import type { World } from './world.ts';

type CutOff = Extract<Operation, { do: 'cut off' }>;

/** What may be answered without anything having been done. */
const NOTHING_DONE = ['lost', 'SHUTTING_DOWN'];

/** Gives back the answer to the repeat, and every world that may be after it. `hit` are the runs of the facts. */
export async function cutOff(
  machine: Machine,
  given: {
    operation: CutOff;
    id: string;
    hit: readonly { kind: Fact['kind']; begun: Begun }[];
    worlds: readonly World[];
  },
): Promise<{ answer: Answer; worlds: World[] }> {
  const { operation, id, hit, worlds } = given;
  const { call, ending, afterMs } = operation;
  const asked = machine.call(call, id);
  for (const { kind, begun } of hit) await machine.children.inflict(kind, begun);
  await delay(afterMs);
  const code = await machine.end(ending);
  if (ending === 'orderly' && code !== 0) throw new Error(`pidnap ended with code ${code}`);
  const first = await asked;
  await machine.startAgain(ending);
  const answer = await machine.call(call, id);
  if (!NOTHING_DONE.includes(first.code) && !isDeepStrictEqual(first, answer))
    throw new Error(`answered ${JSON.stringify(first)} before the cut, ${JSON.stringify(answer)} after it`);
  const facts = hit.map(({ kind, begun: { name, run } }) => ({ fact: kind, name, run }));
  const after = explain(operation, { worlds, facts, first: first.code, again: answer.code });
  if (after.length === 0) throw new Error(`nothing explains the answers ${first.code}, then ${answer.code}`);
  return { answer, worlds: after };
}

/** The worlds in which the answers to the first and to the second call can be these. */
function explain(
  { call, ending }: CutOff,
  {
    worlds,
    facts,
    first,
    again,
  }: { worlds: readonly World[]; facts: readonly Deed[]; first: string; again: string },
): World[] {
  // It ends by itself between two turns, and is killed anywhere.
  const grain = ending === 'orderly' ? 'turns' : 'steps';
  const boot = (from: readonly World[]): World[] =>
    distinct(
      reachable(from, grain).flatMap((world) => bootAgain(world, { ending, file: world.file }, worlds[0])),
    );
  const isInterrupted = again === 'ACTION_INTERRUPTED';
  // It was carried out, whatever was heard of it.
  const done = (): World[] =>
    boot(inAnyOrder(worlds, [...facts, { call, code: isInterrupted ? null : again }], grain));
  if (!NOTHING_DONE.includes(first)) return done();
  const untouched = reachable(inAnyOrder(worlds, facts, grain), grain);
  // It is carried out now, by the next one.
  const late = (): World[] =>
    reachable(boot(untouched)).flatMap((world) =>
      outcomes(world, call).flatMap((outcome) => (outcome.code === again ? [outcome.world] : [])),
    );
  if (first === 'SHUTTING_DOWN') return late();
  if (!isInterrupted) return distinct([...done(), ...late()]);
  // It was written down that it begins, and nothing more; or the definition was written and nobody heard of it.
  const torn = untouched.flatMap((world) =>
    outcomes(world, call).map((outcome) => ({ ...world, overrides: outcome.world.overrides })),
  );
  return distinct([...done(), ...boot(untouched), ...boot(torn)]);
}
