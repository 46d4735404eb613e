import type { Script } from './script.ts';

/** Something that a scripted object or its caller noted. */
export type Note = {
  /** What has to be the same everywhere. */
  what: string;
  /** ms since the script began. */
  at: number;
  /** For notes about an alarm that is ahead: how far, in ms. */
  alarmIn?: number;
};

/** What `getAlarm()` said, as text for the order of things and a figure for the tolerance. */
export function alarmNote(alarm: number | null, now: number): { text: string; alarmIn?: number } {
  if (alarm === null) return { text: 'alarm=none' };
  if (alarm <= now) return { text: 'alarm=due' };
  return { text: 'alarm=ahead', alarmIn: alarm - now };
}

/** A constructor, a run of the alarm, a look, as every runner of scripts words them. */
export const wording = {
  constructed: 'constructor',
  ran: (retryCount: number, isRetry: boolean) => `alarm, retryCount=${retryCount} isRetry=${isRetry}`,
  called: (method: string) => `call ${method}`,
  looked: (alarmText: string, rows: readonly string[], memory: number) =>
    `look: ${alarmText} rows=[${rows.join(' ')}] memory=${memory}`,
  marked: (name: string) => `mark ${name}`,
  failed: (
    method: string,
    flags: { remote?: boolean; retryable?: boolean; overloaded?: boolean; durableObjectReset?: boolean },
  ) =>
    `call ${method} failed: remote=${flags.remote === true} retryable=${flags.retryable === true}` +
    ` overloaded=${flags.overloaded === true} durableObjectReset=${flags.durableObjectReset === true}`,
};

/** How often the handler of the alarm was started. */
export function runsIn(trace: readonly Note[]): number {
  return trace.filter((note) => note.what.startsWith('alarm, ')).length;
}

/** How often a constructor was started. */
export function livesIn(trace: readonly Note[]): number {
  return trace.filter(({ what }) => what === wording.constructed).length;
}

/** What of a trace has to be the same everywhere. */
export function comparable(script: Script, trace: readonly Note[]): readonly Note[] {
  const notes = script.livesVary === true ? trace.filter(({ what }) => what !== wording.constructed) : trace;
  if (script.folded !== true) return notes;
  return notes.filter((note, index) => index === 0 || notes[index - 1]?.what !== note.what);
}

/** A busy computer is late by this much, and never early by more than the clocks' grain. */
const LATE_MS = 8_000;
const EARLY_MS = 250;
/** Jitter of the real retries, as a share of the time since the script began; the simulation runs without. */
const JITTER = 0.25;

/** Says where the time of a note does not fit, or null. Wide on purpose: the order decides, not the clock. */
export function timeDifference(simulated: Note, real: Note): string | null {
  if (real.at < simulated.at - EARLY_MS || real.at > simulated.at * (1 + JITTER) + LATE_MS)
    return `${real.what}: at ${real.at} ms, simulated at ${simulated.at} ms`;
  if (simulated.alarmIn !== undefined && real.alarmIn !== undefined) {
    if (Math.abs(simulated.alarmIn - real.alarmIn) > LATE_MS)
      return `${real.what}: ahead by ${real.alarmIn} ms, simulated by ${simulated.alarmIn} ms`;
  }
  return null;
}
