import type { Begun } from './children.ts';
import type { Machine, Answer } from './machine.ts';
import type { Call } from './operations.ts';
import { settle, type Rest } from './settle.ts';
import type { World } from './world.ts';

/** A command that was given under an id, and what came of it. */
export interface Given {
  readonly id: string;
  readonly call: Call;
  readonly answer: Answer;
}

/** A real pidnap, what the model believes of it, and what was done so far. */
export class Scene {
  readonly machine: Machine;
  rest: Rest = { worlds: [], views: [] };
  readonly given: Given[] = [];
  readonly #story: string[] = [];
  #ids = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Waits until nothing moves, in one of the worlds that these lead to. */
  async settle(worlds: readonly World[]): Promise<void> {
    this.rest = await settle(this.machine, worlds);
  }

  tell(text: string): void {
    this.#story.push(text);
  }

  story(): string {
    return [...this.#story, `pidnap said:\n${this.machine.output()}`].join('\n');
  }

  newId(): string {
    return `action ${++this.#ids}`;
  }

  /** The leader of a process that is up at rest; else nothing. */
  leader(wanted: string): Begun[] {
    const view = this.rest.views.find(({ name }) => name === wanted);
    if (view?.state !== 'running' || view.pid === null) return [];
    return [{ kind: 'leader', name: wanted, run: view.runs, pid: view.pid }];
  }

  /** After an orderly end. */
  expectNothing(code: number | null): void {
    const left = this.machine.marked();
    if (code !== 0 || left.length > 0)
      throw new Error(`pidnap ended with ${code} and left ${JSON.stringify(left)}`);
  }
}
