/** Where a rollout stands: its waves, the names of its changes, and how large its next wave is. */
import type { Policy, Wave } from '@fettle/contract';
import type { PendingProjectAction, ProjectRecord, RolloutRecord } from '../record.ts';

type Change = Extract<PendingProjectAction, { do: 'change' }>;

/** The rollout that goes on; `null` when none does. */
export function activeRollout({ rollout }: Pick<ProjectRecord, 'rollout'>): RolloutRecord | null {
  return rollout !== null && (rollout.state === 'running' || rollout.state === 'reverting') ? rollout : null;
}

export function runningWave(waves: readonly Wave[]): Wave | null {
  const last = waves.at(-1);
  return last?.outcome === 'running' ? last : null;
}

/** The project's name for the change of one machine on the way forth. */
export function forthOrder({ number }: Pick<RolloutRecord, 'number'>): string {
  return `rollout-${number}`;
}

/** And on the way back. */
export function backOrder({ number }: Pick<RolloutRecord, 'number'>): string {
  return `rollout-${number}-back`;
}

/** How many machines the wave after so many others has. */
export function waveSize({ firstWave, growth }: Policy['rollout'], wavesBefore: number): number {
  // A product such as 1.1 × 1.1 must not lose a machine to rounding.
  return Math.max(1, Math.floor(firstWave * growth ** wavesBefore + 1e-9));
}

/** With its last wave ended. */
export function withWaveEnded(waves: Wave[], outcome: Wave['outcome'], now: number): Wave[] {
  const last = waves.at(-1);
  return last?.outcome === 'running' ? [...waves.slice(0, -1), { ...last, endedAt: now, outcome }] : waves;
}

/** The change of one machine that has not been acknowledged. */
export function pendingChange(
  { pending }: Pick<ProjectRecord, 'pending'>,
  machineId: string,
): Change | undefined {
  return pending.find((action): action is Change => action.do === 'change' && action.machineId === machineId);
}

/** Without changes of machines. One that is on its way may still arrive; nothing is sent again. */
export function withoutChanges(
  { pending }: Pick<ProjectRecord, 'pending'>,
  ofMachines: readonly string[],
): PendingProjectAction[] {
  return pending.filter((action) => action.do !== 'change' || !ofMachines.includes(action.machineId));
}

/** When a rollout last did something: from then on it waits. */
export function idleSince({ startedAt, turnedAt, waves, back }: RolloutRecord): number {
  const ends = [...waves, ...back].flatMap(({ endedAt }) => endedAt ?? []);
  return Math.max(startedAt, turnedAt ?? 0, ...ends);
}
