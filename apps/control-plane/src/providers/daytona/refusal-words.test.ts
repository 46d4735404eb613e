import { expect, it } from 'vitest';
import { daytonaWords } from './refusal-words.ts';

it.each([
  [400, 'No available runners', 'NO_CAPACITY'],
  [403, 'Total CPU limit exceeded. Maximum allowed: 10.\nUpgrade your tier', 'NO_CAPACITY'],
  [403, 'Total memory limit exceeded. Maximum allowed: 20GiB.', 'NO_CAPACITY'],
  [403, 'Total disk limit exceeded. Maximum allowed: 30GiB.', 'NO_CAPACITY'],
  [400, 'Sandbox resource limit reached (16), please try again later.', 'NO_CAPACITY'],
  [403, 'Disk request 20GB exceeds maximum allowed per sandbox (10GB).', 'BAD_REQUEST'],
  [400, 'Sandbox state change in progress', 'CONFLICT'],
  [400, 'Sandbox is not in valid state', 'CONFLICT'],
  [404, 'Cannot GET /sandbox/demo.web-1.1', 'PROVIDER_FAILED'],
  [404, 'Sandbox with ID or name demo.web-1.1 not found', null],
  [403, 'Forbidden resource', null],
  [400, 'Snapshot web not found. Did you add it through the Daytona Dashboard?', null],
  [429, 'Rate limit exceeded', null],
])('reads %i %j as %s', (status, message, code) => {
  expect(daytonaWords({ status, code: null, message })).toBe(code);
});
