/** Which of the groups around a process is the machine. Pure. */

/** What was found in one group: its limit, `null` for none, and whether it tells what is used. */
export type GroupFacts = { limit: number | null; tellsUse: boolean };

/**
 * Index of the group that bounds the machine, in a list that begins with the process's own group and ends with the
 * outermost: the one with the lowest limit, of equal ones the outermost. Without any limit below what the host has it is
 * a container's whole group, and `null` where there is no container: then the machine is the host.
 */
export function boundingGroup(
  groups: readonly GroupFacts[],
  { hostHas, contained }: { hostHas: number; contained: boolean },
): number | null {
  let found: number | null = null;
  let lowest = hostHas;
  groups.forEach(({ limit, tellsUse }, index) => {
    if (!tellsUse || limit === null || limit >= hostHas || limit > lowest) return;
    lowest = limit;
    found = index;
  });
  if (found !== null || !contained) return found;
  const outermost = groups.findLastIndex(({ tellsUse }) => tellsUse);
  return outermost < 0 ? null : outermost;
}
