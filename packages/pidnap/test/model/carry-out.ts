/** Carries operations out on the real pidnap, and gives back the worlds that they may have led to. */
import { isDeepStrictEqual } from 'node:util';
import { inAnyOrder, suffer, type Deed } from './at-once.ts';
import { bootAtLast } from './boots.ts';
import { cutOff } from './cut-off.ts';
import { isGoodFile, reload, type File } from './files.ts';
import type { Call, Edit, Fact, Operation } from './operations.ts';
import type { Scene } from './scene.ts';
import type { World } from './world.ts';

type Of<D extends Operation['do']> = Extract<Operation, { do: D }>;

/** Throws when no world explains the answers. */
export async function carryOut(scene: Scene, operation: Operation): Promise<World[]> {
  switch (operation.do) {
    case 'call':
      return together(scene, { calls: [operation.call], facts: [], edit: null });
    case 'fact':
      return together(scene, { calls: [], facts: [operation.fact], edit: null });
    case 'at once':
      return together(scene, operation);
    case 'repeat':
      return repeat(scene, operation);
    case 'reload':
      return reloadAlone(scene, operation);
    case 'boot':
      return boot(scene, operation);
    case 'cut off':
      return cut(scene, operation);
    default:
      return operation satisfies never;
  }
}

async function together(
  scene: Scene,
  { calls, facts, edit }: { calls: readonly Call[]; facts: readonly Fact[]; edit: Edit | null },
): Promise<World[]> {
  const { machine, rest } = scene;
  const targets = facts.flatMap(({ kind, name }) => scene.leader(name).map((begun) => ({ kind, begun })));
  const asked = calls.map((call) => {
    const id = call.id === 'fresh' ? scene.newId() : undefined;
    return { call, id, answer: machine.call(call, id) };
  });
  const file = edited(machine.file, edit ?? {});
  const reloaded = edit && machine.reload(file, false);
  const listed = machine.client.list().catch(() => rest.views);
  const isAlone = calls.length === 0 && facts.length === 1;
  for (const { kind, begun } of targets) await machine.children.inflict(kind, begun, isAlone);
  const deeds: Deed[] = targets.map(({ kind, begun: { name, run } }) => ({ fact: kind, name, run }));
  for (const { call, id, answer } of asked) {
    const given = await answer;
    if (id !== undefined) scene.given.push({ id, call, answer: given });
    deeds.push({ call, code: given.code });
  }
  if (reloaded) deeds.push({ file, code: keep(scene, file, (await reloaded).code) });
  const codes = deeds.flatMap((deed) => ('code' in deed ? [deed.code] : []));
  if (codes.length > 0) scene.tell(`   -> ${codes.join(', ')}`);
  const after = inAnyOrder(rest.worlds, deeds);
  if (after.length === 0) throw new Error(`no order of things explains the answers ${codes.join(', ')}`);
  const names = new Set((await listed).map(({ name }) => name));
  const mayGo = (wanted: string): boolean =>
    edit?.[wanted] === null || calls.some(({ kind, name }) => kind === 'remove' && name === wanted);
  const missing = rest.views.filter(({ name }) => !names.has(name) && !mayGo(name));
  if (missing.length > 0) throw new Error(`the list lacks ${missing.map(({ name }) => name).join(', ')}`);
  return after;
}

async function repeat(scene: Scene, { back, misuse }: Of<'repeat'>): Promise<World[]> {
  const { worlds } = scene.rest;
  const given = scene.given.at(-1 - back);
  if (!given) return worlds;
  const { id, call, answer: first } = given;
  const other: Call = { ...call, kind: call.kind === 'start' ? 'stop' : 'start' };
  const answer = await scene.machine.call(misuse ? other : call, id);
  const isRight = misuse ? answer.code === 'ACTION_ID_REUSED' : isDeepStrictEqual(answer, first);
  if (!isRight)
    throw new Error(
      `${JSON.stringify(call)} was answered ${JSON.stringify(first)}, repeated: ${JSON.stringify(answer)}`,
    );
  return worlds;
}

async function reloadAlone(scene: Scene, { edit, dryRun }: Of<'reload'>): Promise<World[]> {
  const { machine, rest } = scene;
  const file = edited(machine.file, edit);
  const { code, value } = await machine.reload(file, dryRun);
  scene.tell(`   -> ${code}`);
  const after = rest.worlds.flatMap((world) => {
    if (!isGoodFile(world, file)) return code === 'INVALID_CONFIG' ? [world] : [];
    const { world: next, lists } = reload(world, file);
    const said = value as Record<string, string[]>;
    const isSaid = Object.entries(lists).every(([list, names]) =>
      isDeepStrictEqual(said[list]?.toSorted(), names.toSorted()),
    );
    if (code !== 'ok' || !isSaid) return [];
    return [dryRun ? world : next];
  });
  if (after.length === 0) throw new Error(`the reload was answered ${code} ${JSON.stringify(value)}`);
  keep(scene, dryRun ? machine.file : file, code);
  return after;
}

/** What was taken is the file from now on; what was not is put back. */
function keep({ machine }: Scene, file: File, code: string): string {
  if (code === 'ok') machine.file = file;
  machine.write(machine.file);
  return code;
}

async function boot(scene: Scene, { ending, edit, kill, stumbles }: Of<'boot'>): Promise<World[]> {
  const { machine, rest } = scene;
  const wanted = edited(machine.file, edit);
  const file = rest.worlds.every((world) => isGoodFile(world, wanted)) ? wanted : machine.file;
  const killed = kill.flatMap((name) => scene.leader(name));
  const code = await machine.end(ending);
  if (ending === 'orderly') scene.expectNothing(code);
  else for (const begun of killed) await machine.children.inflict('kill', begun);
  keep(scene, file, 'ok');
  await machine.startAgain(ending, stumbles);
  const deeds = killed.map(({ name, run }) => ({ fact: 'kill' as const, name, run }));
  const left = ending === 'killed' ? rest.worlds.map((world) => deeds.reduce(suffer, world)) : rest.worlds;
  return bootAtLast(left, { ending, file, stumbles: stumbles.length });
}

async function cut(scene: Scene, operation: Of<'cut off'>): Promise<World[]> {
  const id = scene.newId();
  const hit = operation.facts.flatMap(({ kind, name }) =>
    scene.leader(name).map((begun) => ({ kind, begun })),
  );
  const { machine, rest } = scene;
  const { answer, worlds } = await cutOff(machine, { operation, id, hit, worlds: rest.worlds });
  scene.given.push({ id, call: operation.call, answer });
  scene.tell(`   -> ${answer.code}`);
  return worlds;
}

function edited(file: File, edit: Edit): File {
  const entries = Object.entries({ ...file, ...edit });
  return Object.fromEntries(
    entries.flatMap(([name, variant]) => (variant === null ? [] : [[name, variant]])),
  );
}
