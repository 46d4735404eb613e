import { MACHINE_VARIABLE } from '@fettle/contract';
import { expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { takeBootEnvironment } from './boot-environment.ts';

function environment(spec: unknown = machineSpec()): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin', [MACHINE_VARIABLE]: typeof spec === 'string' ? spec : JSON.stringify(spec) };
}

test('what the environment says is taken out of it', () => {
  const env = environment();
  expect(takeBootEnvironment(env)).toEqual(machineSpec());
  expect(env).toEqual({ PATH: '/usr/bin' });
});

test('an environment that says nothing leaves it to the disk', () => {
  expect(takeBootEnvironment({ PATH: '/usr/bin' })).toBeNull();
});

test.each([
  ['no JSON', '{"identity":"a-value', 'FETTLE_MACHINE_JSON is not JSON'],
  [
    'a field within a field',
    { ...machineSpec(), repositories: { platform: 'a-value' } },
    'repositories.platform: expected',
  ],
  [
    'no key of commands',
    { ...machineSpec(), commandKeys: [] },
    'FETTLE_MACHINE_JSON is not what was expected: commandKeys: expected',
  ],
])('with %s it is refused by field, without a value, and still taken out', (_, spec, expected) => {
  const env = environment(spec);
  let message = '';
  try {
    takeBootEnvironment(env);
  } catch (error) {
    message = String((error as Error).stack);
  }
  expect(message).toContain(expected);
  expect(message).not.toContain('a-value');
  expect(env[MACHINE_VARIABLE]).toBeUndefined();
});
