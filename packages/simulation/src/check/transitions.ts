/** Which transitions followed each other: how much of the behaviour a simulation has been through. */
import type { MachineEventType, MachineState } from '@fettle/core';

const PHASES: readonly MachineState['phase'][] = [
  'new',
  'provisioning',
  'starting',
  'healthy',
  'suspect',
  'recovering',
  'settling',
  'stopping',
  'stopped',
  'bricked',
  'retired',
  'destroyed',
];
const EVENTS: readonly MachineEventType[] = [
  'woke',
  'reported',
  'observed',
  'finished',
  'delivered',
  'commanded',
  'bootstrapped',
  'renewal-rotated',
  'audited',
];

const PHASE_INDEX = new Map(PHASES.map((phase, index) => [phase, index]));
const EVENT_INDEX = new Map(EVENTS.map((event, index) => [event, index]));
const TRANSITIONS = PHASES.length * EVENTS.length * PHASES.length;

/** The number of one transition. */
export function transitionOf(
  from: MachineState['phase'],
  event: MachineEventType,
  to: MachineState['phase'],
): number {
  const fromIndex = PHASE_INDEX.get(from) ?? 0;
  const eventIndex = EVENT_INDEX.get(event) ?? 0;
  return (fromIndex * EVENTS.length + eventIndex) * PHASES.length + (PHASE_INDEX.get(to) ?? 0);
}

/** Pairs of transitions of one machine that followed each other. */
export class TransitionPairs {
  private readonly seen = new Uint8Array(TRANSITIONS * TRANSITIONS);
  private fresh: number[] = [];

  add(first: number, second: number): void {
    const pair = first * TRANSITIONS + second;
    if (this.seen[pair] === 1) return;
    this.seen[pair] = 1;
    this.fresh.push(pair);
  }

  /** The pairs, as numbers, that were seen for the first time since this was last asked. */
  takeNew(): number[] {
    const taken = this.fresh;
    this.fresh = [];
    return taken;
  }
}
