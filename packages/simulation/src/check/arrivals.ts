/** Which machines got sick soon after they had come to their versions, as they told it themselves. */
import type { Policy, VersionSet } from '@fettle/contract';
import type { ToldMachine } from '@fettle/core';

type Word = Pick<ToldMachine, 'machineId' | 'versions' | 'versionsSince' | 'incidentAt' | 'gone'>;

export class Arrivals {
  private readonly sick = new Set<string>();

  /** Takes in what a machine has told. */
  hear(word: Word, { blame }: Policy): void {
    if (word.versions !== null && isArrivalSick(word, blame))
      this.sick.add(keyOf(word.machineId, word.versions));
  }

  has(machineId: string, versions: VersionSet): boolean {
    return this.sick.has(keyOf(machineId, versions));
  }
}

/** An incident that was opened soon after the versions came. A machine that is gone has another trouble. */
export function isArrivalSick(
  { versions, versionsSince, incidentAt, gone }: Omit<Word, 'machineId'>,
  { withinMs }: Policy['blame'],
): boolean {
  if (versions === null || versionsSince === null || incidentAt === null || gone) return false;
  return incidentAt >= versionsSince && incidentAt - versionsSince <= withinMs;
}

function keyOf(machineId: string, { image, platform, customer }: VersionSet): string {
  return `${machineId} ${image} ${platform} ${customer}`;
}
