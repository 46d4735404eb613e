import type { FettleClient } from '@fettle/client';
import type { Rollout } from '@fettle/contract/rollout';
import { setTimeout as pause } from 'node:timers/promises';
import { CliFailure, EXIT } from '../failure.ts';
import { formatClock } from '../output/age.ts';
import { rolloutProgress } from '../output/describe-rollout.ts';
import { clean } from '../output/table.ts';

const LOOK_EVERY_MS = 500;

/**
 * Tells how a rollout goes until it has ended, and resolves with its end. Throws `notHealthy` when it did not bring
 * everybody to its target, or is not over when the time is.
 */
export async function followRollout(
  client: FettleClient,
  order: { project: string; number: number; limitMs: number; say: (line: string) => void },
): Promise<Rollout> {
  const { project, number } = order;
  const limit = performance.now() + order.limitMs;
  for (let before: Rollout | null = null; ; await pause(LOOK_EVERY_MS)) {
    const { rollout, now } = await client.projects.get({ project });
    if (rollout === null || rollout.number !== number)
      throw new CliFailure(
        EXIT.notHealthy,
        `rollout ${number} was followed by another one; \`fettle notices\` tells what became of it`,
      );
    for (const line of rolloutProgress(before, rollout)) order.say(`${formatClock(now)}  ${line}`);
    before = rollout;
    if (rollout.state === 'done') return rollout;
    if (rollout.endedAt !== null)
      throw new CliFailure(
        EXIT.notHealthy,
        `rollout ${number} was ${rollout.state}: ${clean(rollout.message)}`,
      );
    if (performance.now() >= limit)
      throw new CliFailure(
        EXIT.notHealthy,
        `rollout ${number} goes on after ${Math.round(order.limitMs / 1000)} s`,
        {
          hint: '`fettle rollout show` tells how far it is; it goes on by itself',
        },
      );
  }
}
