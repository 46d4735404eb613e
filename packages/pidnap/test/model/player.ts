/** Lives a life: carries every operation out on a real pidnap and on the model, and compares them after each. */
import { isDeepStrictEqual } from 'node:util';
import { inAnyOrder, suffer, type Deed } from './at-once.ts';
import { bootAgain } from './boots.ts';
import { isGoodFile, reload, type File } from './files.ts';
import { inspect, inspectLogs } from './inspection.ts';
import { cutOff } from './cut-off.ts';
import { Machine, type Answer, type Begun } from './machine.ts';
import { describe, type Call, type Edit, type Fact, type Operation } from './operations.ts';
import { settle, type Rest } from './settle.ts';
import type { World } from './world.ts';

/** A command that was given under an id, and what came of it. */
interface Given {
  readonly id: string;
  readonly call: Call;
  readonly answer: Answer;
}

export class Player {
  readonly #machine: Machine;
  #rest: Rest = { worlds: [], views: [] };
  readonly #given: Given[] = [];
  /** Number of ledger lines that belong to an earlier process of the same name. */
  readonly #since = new Map<string, number>();
  /** Leaders that were up while nothing moved. */
  readonly #seen = new Set<number>();
  readonly #story: string[] = [];

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Throws, with the story so far, when something was not as the model says. */
  static async live(operations: readonly Operation[]): Promise<void> {
    const machine = await Machine.start();
    const player = new Player(machine);
    try {
      await player.#begin();
      for (const operation of operations) await player.#step(operation);
      await player.#finish();
    } catch (error) {
      const story = [...player.#story, `pidnap said:\n${machine.output()}`].join('\n');
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${story}`, {
        cause: error,
      });
    } finally {
      await machine.remove();
    }
  }

  async #begin(): Promise<void> {
    const { file } = this.#machine;
    const world: World = { procs: {}, file, overrides: {} };
    await this.#settle(bootAgain(world, { ending: 'orderly', file }));
  }

  async #step(operation: Operation): Promise<void> {
    const { worlds } = this.#rest;
    this.#story.push(describe(operation));
    const begun = this.#machine.ledger().length;
    await this.#settle(await this.#carryOut(operation, worlds));
    this.#noteNewOnes(operation, begun);
    await inspect(this.#machine, this.#rest.views, this.#since);
    this.#story.push(
      `   ${this.#rest.views.map(({ name, state, runs }) => `${name} ${state} ${runs}`).join(', ')}`,
    );
  }

  async #carryOut(operation: Operation, worlds: World[]): Promise<World[]> {
    switch (operation.do) {
      case 'call':
        return this.#atOnce(worlds, [operation.call], []);
      case 'fact':
        return this.#atOnce(worlds, [], [operation.fact]);
      case 'at once':
        return this.#atOnce(worlds, operation.calls, operation.facts, operation.edit);
      case 'repeat':
        return this.#repeat(operation, worlds);
      case 'reload':
        return this.#reload(operation, worlds);
      case 'boot':
        return this.#boot(operation, worlds);
      case 'cut off': {
        const id = this.#newId();
        const hit = operation.facts.flatMap((fact) =>
          this.#leader(fact.name).map((begun) => ({ kind: fact.kind, begun })),
        );
        const { answer, worlds: after } = await cutOff(this.#machine, { operation, id, hit, worlds });
        this.#given.push({ id, call: operation.call, answer });
        this.#story.push(`   -> ${answer.code}`);
        return after;
      }
      default:
        return operation satisfies never;
    }
  }

  async #atOnce(
    worlds: World[],
    calls: readonly Call[],
    facts: readonly Fact[],
    edit: Edit | null = null,
  ): Promise<World[]> {
    const targets = facts.flatMap((fact) => this.#leader(fact.name).map((begun) => ({ fact, begun })));
    const asked = calls.map((call) => {
      const id = call.id === 'fresh' ? this.#newId() : undefined;
      return { call, id, answer: this.#machine.call(call, id) };
    });
    const file = edited(this.#machine.file, edit ?? {});
    const reloaded = edit ? this.#machine.reload(file, false) : null;
    const listed = this.#machine.client.list().catch(() => this.#rest.views);
    for (const { fact, begun } of targets) await this.#machine.inflict(fact.kind, begun);
    const deeds: Deed[] = targets.map(({ fact, begun: { name, run } }) => ({ fact: fact.kind, name, run }));
    for (const { call, id, answer } of asked) {
      const given = await answer;
      if (id !== undefined) this.#given.push({ id, call, answer: given });
      deeds.push({ call, code: given.code });
    }
    if (reloaded) deeds.push({ file, code: this.#keep(file, (await reloaded).code) });
    const codes = deeds.flatMap((deed) => ('code' in deed ? [deed.code] : []));
    if (codes.length > 0) this.#story.push(`   -> ${codes.join(', ')}`);
    const after = inAnyOrder(worlds, deeds);
    if (after.length === 0) throw new Error(`no order of things explains the answers ${codes.join(', ')}`);
    const names = new Set((await listed).map(({ name }) => name));
    const gone = this.#rest.views.filter(
      ({ name }) =>
        !names.has(name) &&
        edit?.[name] !== null &&
        !calls.some((call) => call.kind === 'remove' && call.name === name),
    );
    if (gone.length > 0) throw new Error(`the list does not have ${gone.map(({ name }) => name).join(', ')}`);
    return after;
  }

  async #repeat({ back, misuse }: Operation & { do: 'repeat' }, worlds: World[]): Promise<World[]> {
    const given = this.#given.at(-1 - back);
    if (!given) return worlds;
    const { id, call, answer: first } = given;
    const other: Call = { ...call, kind: call.kind === 'start' ? 'stop' : 'start' };
    const answer = await this.#machine.call(misuse ? other : call, id);
    const isRight = misuse ? answer.code === 'ACTION_ID_REUSED' : isDeepStrictEqual(answer, first);
    if (!isRight)
      throw new Error(
        `${JSON.stringify(call)} was answered ${JSON.stringify(first)}, repeated: ${JSON.stringify(answer)}`,
      );
    return worlds;
  }

  async #reload({ edit, dryRun }: Operation & { do: 'reload' }, worlds: World[]): Promise<World[]> {
    const machine = this.#machine;
    const file = edited(machine.file, edit);
    const { code, value } = await machine.reload(file, dryRun);
    this.#story.push(`   -> ${code}`);
    const after = worlds.flatMap((world) => {
      if (!isGoodFile(world, file)) return code === 'INVALID_CONFIG' ? [world] : [];
      const { world: next, lists } = reload(world, file);
      const isSaid =
        code === 'ok' &&
        Object.entries(lists).every(([list, names]) =>
          isDeepStrictEqual((value as Record<string, string[]>)[list]?.toSorted(), names.toSorted()),
        );
      if (!isSaid) return [];
      return [dryRun ? world : next];
    });
    if (after.length === 0) throw new Error(`the reload was answered ${code} ${JSON.stringify(value)}`);
    this.#keep(dryRun ? machine.file : file, code);
    return after;
  }

  /** What was taken is the file from now on; what was not is put back. */
  #keep(file: File, code: string): string {
    if (code === 'ok') this.#machine.file = file;
    this.#machine.write(this.#machine.file);
    return code;
  }

  async #boot({ ending, edit, kill }: Operation & { do: 'boot' }, worlds: World[]): Promise<World[]> {
    const machine = this.#machine;
    const wanted = edited(machine.file, edit);
    const file = worlds.every((world) => isGoodFile(world, wanted)) ? wanted : machine.file;
    const killed = kill.flatMap((name) => this.#leader(name));
    const code = await machine.end(ending);
    if (ending === 'orderly') this.#expectNothing(code);
    else for (const begun of killed) await machine.inflict('kill', begun);
    machine.file = file;
    machine.write(file);
    await machine.startAgain(ending);
    const deeds = killed.map(({ name, run }) => ({ fact: 'kill' as const, name, run }));
    const left = ending === 'killed' ? worlds.map((world) => deeds.reduce(suffer, world)) : worlds;
    return left.flatMap((world) => bootAgain(world, { ending, file }));
  }

  async #finish(): Promise<void> {
    await inspectLogs(this.#machine, this.#rest.views, { since: this.#since, seen: this.#seen });
    this.#story.push('the end');
    this.#expectNothing(await this.#machine.end('orderly'));
  }

  #expectNothing(code: number | null): void {
    const left = this.#machine.marked();
    if (code !== 0 || left.length > 0)
      throw new Error(`pidnap ended with ${code} and left ${JSON.stringify(left)}`);
  }

  async #settle(worlds: World[]): Promise<void> {
    this.#rest = await settle(this.#machine, worlds);
    for (const { pid } of this.#rest.views) if (pid !== null) this.#seen.add(pid);
  }

  #leader(wanted: string): Begun[] {
    const view = this.#rest.views.find(({ name }) => name === wanted);
    if (view?.state !== 'running' || view.pid === null) return [];
    return [{ kind: 'leader', name: wanted, run: view.runs, pid: view.pid }];
  }

  /** A process that was removed and added again counts its runs from 1. */
  #noteNewOnes(operation: Operation, begun: number): void {
    const ledger = this.#machine.ledger();
    const known = new Set(this.#rest.views.map(({ name }) => name));
    for (const { name } of ledger) if (!known.has(name)) this.#since.set(name, ledger.length);
    if (operation.do !== 'at once') return;
    const added = operation.calls.filter(({ kind }) => kind === 'add').map(({ name }) => name);
    for (const name of [...added, ...Object.keys(operation.edit ?? {})]) {
      const first = ledger.findLastIndex((one, i) => i >= begun && one.name === name && one.run === 1);
      if (first >= 0) this.#since.set(name, first);
    }
  }

  #newId(): string {
    return `action ${this.#given.length} ${Math.random()}`;
  }
}

function edited(file: File, edit: Edit): File {
  const entries = Object.entries({ ...file, ...edit });
  return Object.fromEntries(
    entries.flatMap(([name, variant]) => (variant === null ? [] : [[name, variant]])),
  );
}
