import { expect, it } from 'vitest';
import { FIRST_PORT, LAST_PORT, portCandidates } from './port-candidates.ts';

it('offers every port of the range once and none that is taken', () => {
  const taken = new Set([FIRST_PORT, LAST_PORT, 25_000]);
  const offered = [...portCandidates('host-a', taken)];
  expect(offered).toHaveLength(LAST_PORT - FIRST_PORT + 1 - taken.size);
  expect(new Set(offered).size).toBe(offered.length);
  expect(offered.every((port) => port >= FIRST_PORT && port <= LAST_PORT && !taken.has(port))).toBe(true);
});

it('begins at another place for every host, and always at the same for one', () => {
  const first = (hostId: string) => portCandidates(hostId, new Set()).next().value;
  expect(first('host-a')).toBe(first('host-a'));
  expect(new Set(['host-a', 'host-b', 'host-c', 'host-d'].map(first)).size).toBe(4);
});

it('ends when all ports are taken', () => {
  const all = new Set(portCandidates('host-a', new Set()));
  expect(portCandidates('host-b', all).next()).toEqual({ done: true, value: undefined });
});
