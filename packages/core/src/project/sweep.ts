/** The watcher, watched: what a sweep of a fleet found, and what people are told of it. */
import type { ProjectRecord } from './record.ts';
import { notify, update, type ProjectTurn } from './turn.ts';

/** What the object of one machine answered to the sweep. `null`: it did not answer. */
export type SweptMachine = {
  machineId: string;
  answer: { rearmed: boolean; lagMs: number | null; stale: boolean } | null;
};

export function onSwept(turn: ProjectTurn, machines: readonly SweptMachine[]): void {
  const watch = watchOf(machines, turn.now);
  update(turn, { watch });
  for (const machineId of watch.rearmed) {
    const message = `The alarm of ${machineId} was lost, stuck or too far away, and was set again`;
    notify(turn, { kind: 'rearmed', slot: null, machineId, message });
  }
}

function watchOf(machines: readonly SweptMachine[], now: number): NonNullable<ProjectRecord['watch']> {
  const idsOf = (fits: (answer: SweptMachine['answer']) => boolean) =>
    machines.filter(({ answer }) => fits(answer)).map(({ machineId }) => machineId);
  const lags = machines
    .flatMap(({ answer }) => (answer === null || answer.lagMs === null ? [] : [answer.lagMs]))
    .toSorted((a, b) => a - b);
  return {
    sweptAt: now,
    machines: machines.length,
    // Of an even number the lower one of the middle: a lag that some machine really had.
    medianLagMs: lags[Math.floor((lags.length - 1) / 2)] ?? null,
    worstLagMs: lags.at(-1) ?? null,
    staleMachines: idsOf((answer) => answer?.stale === true),
    silentMachines: idsOf((answer) => answer === null),
    rearmed: idsOf((answer) => answer?.rearmed === true),
  };
}
