import { CREDENTIALS_VARIABLE, MACHINE_VARIABLE } from '@fettle/contract';
import { expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { takeBootEnvironment } from './boot-environment.ts';

const SECRET = 'a-very-secret-token';
const CREDENTIALS = JSON.stringify({ machineToken: SECRET, commandToken: SECRET });

function environment(overrides: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/bin',
    [MACHINE_VARIABLE]: JSON.stringify(machineSpec()),
    [CREDENTIALS_VARIABLE]: CREDENTIALS,
    ...overrides,
  };
}

test('what the environment says is taken out of it', () => {
  const env = environment();
  expect(takeBootEnvironment(env)).toEqual({
    spec: machineSpec(),
    credentials: { machineToken: SECRET, commandToken: SECRET },
  });
  expect(env).toEqual({ PATH: '/usr/bin' });
});

test('an environment that says nothing leaves it to the disk', () => {
  expect(takeBootEnvironment({ PATH: '/usr/bin' })).toBeNull();
});

test.each([
  ['only the machine', { [CREDENTIALS_VARIABLE]: undefined }, 'FETTLE_CREDENTIALS_JSON is not set'],
  ['only the credentials', { [MACHINE_VARIABLE]: undefined }, 'FETTLE_MACHINE_JSON is not set'],
  [
    'no JSON',
    { [CREDENTIALS_VARIABLE]: `{"machineToken":"${SECRET}` },
    'FETTLE_CREDENTIALS_JSON is not JSON',
  ],
  [
    'a field that is wrong',
    { [CREDENTIALS_VARIABLE]: JSON.stringify({ machineToken: SECRET, commandToken: SECRET.slice(0, 9) }) },
    'FETTLE_CREDENTIALS_JSON is not what was expected: commandToken: expected',
  ],
  [
    'a field within a field',
    { [MACHINE_VARIABLE]: JSON.stringify({ ...machineSpec(), repositories: { platform: 'x' } }) },
    'repositories.platform: expected',
  ],
])('with %s it is refused by field, without a value, and still taken out', (_, overrides, expected) => {
  const env = environment(overrides);
  let message = '';
  try {
    takeBootEnvironment(env);
  } catch (error) {
    message = String((error as Error).stack);
  }
  expect(message).toContain(expected);
  expect(message).not.toContain(SECRET.slice(0, 9));
  expect(env[MACHINE_VARIABLE] ?? env[CREDENTIALS_VARIABLE]).toBeUndefined();
});
