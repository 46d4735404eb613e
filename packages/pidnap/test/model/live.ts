import { bootAgain } from './boots.ts';
import { carryOut } from './carry-out.ts';
import { inspect, inspectLogs } from './inspection.ts';
import { Machine } from './machine.ts';
import { describe, type Operation } from './operations.ts';
import { Scene } from './scene.ts';

/**
 * Lives a life: carries every operation out on a real pidnap and on the model, and compares them after each. Throws, with
 * the story so far, when something is not as the model says.
 */
export async function live(operations: readonly Operation[]): Promise<void> {
  const machine = await Machine.start();
  const scene = new Scene(machine);
  try {
    const { file } = machine;
    const nothing = { procs: {}, file, overrides: {} };
    await scene.settle(bootAgain(nothing, { ending: 'orderly', file }));
    await goThrough(scene, operations);
    scene.tell('the end');
    scene.expectNothing(await machine.end('orderly'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${scene.story()}`, { cause: error });
  } finally {
    await machine.remove();
  }
}

async function goThrough(scene: Scene, operations: readonly Operation[]): Promise<void> {
  const { children } = scene.machine;
  /** Number of ledger lines that belong to an earlier process of the same name. */
  const since = new Map<string, number>();
  /** Leaders that were up while nothing moved, under the pidnap that had started them. */
  const seen = new Set<number>();
  for (const operation of operations) {
    scene.tell(describe(operation));
    const begun = children.ledger().length;
    await scene.settle(await carryOut(scene, operation));
    noteNewOnes(scene, { operation, begun, since });
    const { views } = scene.rest;
    await inspect(scene.machine, views, since);
    for (const { pid, reason } of views) if (pid !== null && reason === 'spawned') seen.add(pid);
    scene.tell(`   ${views.map(({ name, state, runs }) => `${name} ${state} ${runs}`).join(', ')}`);
  }
  await inspectLogs(scene.machine, scene.rest.views, { since, seen });
}

/** A process that was removed and added again counts its runs from 1. */
function noteNewOnes(
  { machine, rest }: Scene,
  { operation, begun, since }: { operation: Operation; begun: number; since: Map<string, number> },
): void {
  const ledger = machine.children.ledger();
  const known = new Set(rest.views.map(({ name }) => name));
  for (const { name } of ledger) if (!known.has(name)) since.set(name, ledger.length);
  if (operation.do !== 'at once') return;
  const added = operation.calls.filter(({ kind }) => kind === 'add').map(({ name }) => name);
  for (const name of [...added, ...Object.keys(operation.edit ?? {})]) {
    const first = ledger.findLastIndex((one, i) => i >= begun && one.name === name && one.run === 1);
    if (first >= 0) since.set(name, first);
  }
}
