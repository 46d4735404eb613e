/**
 * Which entries of a process's list of children are new since the list was read before. The kernel appends to the list
 * (a new child, or an orphan it hands over) and takes out what ended, so everything behind the first number that the old
 * list does not have at or behind the place reached is new, also where a number came round again.
 */
export function splitChildren(
  before: readonly number[],
  now: readonly number[],
): { known: number[]; fresh: number[] } {
  let place = 0;
  for (const [index, pid] of now.entries()) {
    const at = before.indexOf(pid, place);
    if (at < 0) return { known: now.slice(0, index), fresh: now.slice(index) };
    place = at + 1;
  }
  return { known: [...now], fresh: [] };
}
