/**
 * Which versions machines were well with for the bake time, counted anew from what was seen of them, by true time. What
 * the core takes for proven has to be among them.
 */
import type { VersionSet } from '@fettle/contract';
import { openIncident } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';
import type { Life } from './life.ts';

/** A clock that steps, by less than what counts as our absence, makes the bake time so much shorter: in intervals. */
const STEPPED_INTERVALS = 4;

/** What of a step tells that a machine was seen well. */
type Seen = Pick<MachineStep, 'event' | 'policy'> & { decision: Pick<MachineStep['decision'], 'record'> };

export class Proofs {
  private readonly proven = new Set<string>();

  has(project: string, versions: VersionSet): boolean {
    return this.proven.has(keyOf(project, versions));
  }

  /** Takes in what a machine has seen. `now` is true time. */
  see({ event, policy, decision }: Seen, { baking }: Pick<Life, 'baking'>, now: number): void {
    if (event.type !== 'observed') return;
    const { verdict, versions, state, identity } = decision.record;
    if (versions !== baking.versions) {
      baking.versions = versions;
      baking.since = null;
    }
    if (versions === null || verdict === null || verdict.health === 'unknown') return;
    if (verdict.health === 'unhealthy' || openIncident(state) !== null) {
      baking.since = null;
      return;
    }
    // Once proven it needs not be written down at every look.
    if (baking.since === -Infinity) return;
    baking.since ??= now;
    if (now - baking.since < policy.bakeMs - STEPPED_INTERVALS * policy.check.intervalMs) return;
    this.proven.add(keyOf(identity.project, versions));
    baking.since = -Infinity;
  }
}

function keyOf(project: string, { image, platform, customer }: VersionSet): string {
  return `${project} ${image} ${platform} ${customer}`;
}
