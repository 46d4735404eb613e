/** What one policy decides about a recorded past. */
import type { Incident, LevelTry, Phase, TimelineEvent } from '@fettle/contract';
import type { Action, MachineRecord } from '../machine/record.ts';

/** Something that recovery would have done to the machine at the time of one look. */
export type Effect = { at: number; what: string };

export type Run = {
  /** The looks that were judged, and the phase that each found the machine in. */
  looks: { at: number; phase: Phase }[];
  /** Looks that this policy would not have made, because it checks less often. */
  passedOver: number;
  /** Events of the timeline about incidents, levels and our own absences. */
  decisions: TimelineEvent[];
  effects: Effect[];
  /** Each in its last form. */
  incidents: Incident[];
};

export function emptyRun(): Run {
  return { looks: [], passedOver: 0, decisions: [], effects: [], incidents: [] };
}

/**
 * The head of a decision: what was decided, without the reasons and measured times, which a replay does not repeat word
 * for word.
 */
export function headOf({ kind, message }: TimelineEvent): string {
  const [head = message] = message.split(': ');
  return kind === 'note' ? head.replaceAll(/\d+/g, 'N') : head;
}

/** Whether an event of the timeline tells of a decision that a replay repeats. */
export function isDecision(event: TimelineEvent): boolean {
  return event.kind === 'incident' || event.kind === 'level' || absenceOf(event) !== null;
}

/** For how many seconds we ourselves were away, if that is what an event tells. */
export function absenceOf({ kind, message }: TimelineEvent): number | null {
  const [, seconds] = /^The control plane was away for (\d+) s/.exec(message) ?? [];
  return kind !== 'note' || seconds === undefined ? null : Number(seconds);
}

/** What an action does to the machine as a part of recovery; `null` for everything else. */
export function effectOf({ state }: MachineRecord, action: Action): string | null {
  if (state.phase !== 'recovering' && state.phase !== 'bricked') return null;
  switch (action.do) {
    case 'restart-services':
      return `restart ${action.names.join(', ')}`;
    case 'apply-versions':
    case 'rebuild':
      return 'restore the last known working versions';
    case 'restart':
      return 'restart the machine';
    case 'stop':
      return 'give the machine up';
    case 'observe':
    case 'create':
    case 'start':
    case 'destroy':
    case 'copy':
    case 'collect-evidence':
    case 'restore-work':
    case 'bootstrap':
    case 'request-permit':
      return null;
  }
}

/** Counts of a run, for the end of a report. */
export type RunCounts = {
  looks: number;
  incidents: number;
  healed: number;
  givenUp: number;
  /** Tries of each level, 1 to 4; what shadow mode would have tried counts. */
  tries: [number, number, number, number];
  skipped: number;
  held: number;
};

export function countRun({ looks, incidents, decisions }: Run): RunCounts {
  const tries = incidents.flatMap((incident) => incident.tries);
  const ofLevel = (level: number): number =>
    tries.filter((one: LevelTry) => one.level === level && one.attempt > 0).length;
  return {
    looks: looks.length,
    incidents: incidents.length,
    healed: incidents.filter(({ outcome }) => outcome === 'healed').length,
    givenUp: incidents.filter(({ outcome }) => outcome === 'bricked').length,
    tries: [ofLevel(1), ofLevel(2), ofLevel(3), ofLevel(4)],
    skipped: tries.filter(({ attempt }) => attempt === 0).length,
    held: decisions.filter(({ kind, message }) => kind === 'level' && message.startsWith('held: ')).length,
  };
}
