import { expect, it } from 'vitest';
import { flyWords, machineNamedIn } from './refusal-words.ts';

const TAKEN =
  'already_exists: unique machine name violation, machine ID 148e466c136578 already exists with name "a"';

it.each([
  [422, 'insufficient_capacity', 'full', 'NO_CAPACITY'],
  [422, 'volume_placement_capacity', 'the host is full', 'NO_CAPACITY'],
  [400, null, 'no capacity', 'NO_CAPACITY'],
  [412, null, 'insufficient resources to create new machine with existing volume', 'NO_CAPACITY'],
  [
    409,
    null,
    'aborted: could not reserve resource for machine: insufficient memory available',
    'NO_CAPACITY',
  ],
  [
    403,
    null,
    'organization "a" is using 1970176 MB of memory in dfw which is over the allowed quota',
    'NO_CAPACITY',
  ],
  [422, 'name_taken', 'Name has already been taken', 'CONFLICT'],
  [422, null, TAKEN, 'CONFLICT'],
  [
    400,
    null,
    'machine ID 1 lease currently held by a@tokens.fly.io, expires at 2026-05-14T10:41:08Z',
    'CONFLICT',
  ],
  [400, 'unknown', 'failed to get manifest registry.fly.io/a:1: MANIFEST_UNKNOWN', 'IMAGE_NOT_FOUND'],
  [404, null, 'App not found: fleet', 'PROVIDER_FAILED'],
  [404, null, 'machine not found: 148e466c136578', null],
  [403, null, 'token is not allowed to do that', null],
  [429, null, 'rate limit exceeded, no capacity', null],
])('reads %i %j %j as %s', (status, code, message, expected) => {
  expect(flyWords({ status, code, message })).toBe(expected);
});

it('finds the machine that has the name', () => {
  expect(machineNamedIn(TAKEN)).toBe('148e466c136578');
  expect(machineNamedIn('Name has already been taken')).toBeNull();
});
