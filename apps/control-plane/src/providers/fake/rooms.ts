/** How much room a fake provider has in each of its regions. */
import { ProviderError, type NewMachine } from '../machine-provider.ts';

/** Machines that still fit, by region. */
export type FakeRooms = Record<string, number>;

/** Takes a place for a machine, in the order that is asked for, and tells the region; `null` without regions. */
export function takePlace(
  rooms: FakeRooms | null,
  { regions, onNoCapacity }: Pick<NewMachine, 'regions' | 'onNoCapacity'>,
): string | null {
  if (rooms === null) {
    if (regions.length === 0) return null;
    throw new ProviderError('UNSUPPORTED', 'regions: expected none, this type of machine has no regions');
  }
  const there = Object.keys(rooms).join(', ');
  regions.forEach((region, index) => {
    if (!(region in rooms))
      throw new ProviderError('REGION_NOT_FOUND', `regions.${index}: expected one of ${there}`);
  });
  const wanted = regions.length === 0 ? Object.keys(rooms) : regions;
  const tried = onNoCapacity === 'wait' ? wanted.slice(0, 1) : wanted;
  const free = tried.find((region) => (rooms[region] ?? 0) > 0);
  if (free === undefined) throw new ProviderError('NO_CAPACITY', `There is no room in ${tried.join(', ')}`);
  rooms[free] = (rooms[free] ?? 0) - 1;
  return free;
}
