/** Decides when the next time of a schedule is, and whether a schedule can be understood. */
import { Cron } from 'croner';
import type { ProcessDefinition } from '../contract/definition.ts';

type Schedule = NonNullable<ProcessDefinition['schedule']>;

/** A moment from which every pattern that ever matches does so within the search of croner. */
const SOME_TIME = Date.UTC(2000, 0, 1);

/**
 * The first time of the schedule after a moment, both in milliseconds since 1970; null: it never comes. A fixed time of
 * day that the change to summer time leaves out comes right after the gap; one that occurs twice comes once. `*` and
 * steps follow the clock: what is left out is left out, what occurs twice comes twice.
 */
export function nextTime({ cron, timezone }: Schedule, afterWallMs: number): number | null {
  const pattern = new Cron(cron, { timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
  return pattern.nextRun(new Date(afterWallMs))?.getTime() ?? null;
}

/** What is wrong with a schedule, each beginning with the name of its field; empty when its times can be told. */
export function scheduleProblems(schedule: Schedule): string[] {
  const { cron, timezone } = schedule;
  if (timezone !== undefined && !isTimeZone(timezone)) {
    return [`timezone: expected the IANA name of a time zone, got "${timezone}"`];
  }
  // croner takes a date for a schedule of one time, and `?` for whatever the clock says at this moment.
  if (/[:?]/.test(cron)) return [`cron: expected five or six cron fields, got "${cron}"`];
  try {
    if (nextTime(schedule, SOME_TIME) !== null) return [];
    return [`cron: expected a time that ever comes, got "${cron}"`];
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    return [`cron: expected five or six cron fields or a name such as "@daily", got "${cron}" (${why})`];
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
