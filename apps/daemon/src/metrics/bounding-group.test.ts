import { expect, test } from 'vitest';
import { boundingGroup, type GroupFacts } from './bounding-group.ts';

const HOST = 1000;

function group(limit: number | null, tellsUse = true): GroupFacts {
  return { limit, tellsUse };
}

test.each([
  ['the only one with a limit', [group(null), group(500), group(null)], false, 1],
  ['the lowest limit, which is the one that holds', [group(400), group(300), group(600)], false, 1],
  ['the outermost of equal limits, for all below it count', [group(300), group(300), group(null)], false, 1],
  ['a container’s whole group when nothing is limited', [group(null), group(null)], true, 1],
  ['the host when nothing is limited and there is no container', [group(null), group(null)], false, null],
  ['the host for a limit above what the host has', [group(2000)], false, null],
  ['a container’s whole group for such a limit', [group(2000)], true, 0],
  ['no group that does not tell what is used', [group(300, false), group(null)], false, null],
  ['no container’s group that does not tell it either', [group(null), group(null, false)], true, 0],
  ['nothing of nothing', [], true, null],
])('the machine is bounded by %s', (_, groups, contained, expected) => {
  expect(boundingGroup(groups, { hostHas: HOST, contained })).toBe(expected);
});
