/** What a project uses of its quota: machines, and commands of people within the last hour. */
import type { QuotaView } from '@fettle/contract';
import { watchedMachines, type ProjectRecord } from './record.ts';

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;

type Counted = Pick<ProjectRecord, 'commands'>;

/** Commands within the last hour; the minute in which one came counts as a whole. */
export function commandsThisHour({ commands }: Counted, now: number): number {
  return recentCommands(commands, now).reduce((sum, one) => sum + one.count, 0);
}

/** The counts with one more command: at most one for each minute of the last hour. */
export function withCommand({ commands }: Counted, now: number): ProjectRecord['commands'] {
  const minute = Math.floor(now / MINUTE_MS);
  const others = recentCommands(commands, now).filter((one) => one.minute !== minute);
  const count = commands.find((one) => one.minute === minute)?.count ?? 0;
  return [...others, { minute, count: count + 1 }];
}

function recentCommands(commands: ProjectRecord['commands'], now: number): ProjectRecord['commands'] {
  const minute = Math.floor(now / MINUTE_MS);
  return commands.filter((one) => one.minute > minute - HOUR_MINUTES && one.minute <= minute);
}

/** Whether one more command may come now. */
export function hasRoomForCommand(record: Counted & Pick<ProjectRecord, 'quota'>, now: number): boolean {
  return commandsThisHour(record, now) < record.quota.commandsPerHour;
}

/** Machines that the quota leaves room for; a machine that was replaced counts until it is cleaned up. */
export function roomForMachines(record: ProjectRecord): number {
  return record.quota.machines - watchedMachines(record).length;
}

/** A quota with what is used of it now. */
export function quotaView(record: ProjectRecord, now: number): QuotaView {
  return {
    ...record.quota,
    used: { machines: watchedMachines(record).length, commandsThisHour: commandsThisHour(record, now) },
  };
}
