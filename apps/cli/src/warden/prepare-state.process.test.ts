import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { fleetFolder, writePrivately } from '../connection/fleet-state.ts';
import { EXIT } from '../failure.ts';
import { prepareState } from './prepare-state.ts';
import { providerEnvironment, withoutDeployment } from './provider-server.ts';
import type { WardenOptions } from './wire.ts';

const folder = () => fleetFolder(temporaryFolder());

function options(overrides: Partial<WardenOptions> = {}): WardenOptions {
  return {
    state: '',
    port: 0,
    backend: 'process',
    provider: null,
    project: 'demo',
    metrics: null,
    ...overrides,
  };
}

test('left alone, machines are made by the host-agent, and the control plane is told of it alone', async () => {
  const fleet = folder();
  const state = await prepareState(fleet, options());
  expect(state.provider).toBe('local');
  expect(Object.keys(providerEnvironment(fleet, state, 'image'))).toEqual([
    'FETTLE_HOST_TOKEN',
    'FETTLE_HOST_URL',
  ]);
});

test('a fleet keeps its provider, its port and its key; another provider is refused before anything is changed', async () => {
  const fleet = folder();
  const first = await prepareState(fleet, options({ provider: 'fly' }));
  const { provider, providerPort, providerKey } = await prepareState(fleet, options());
  expect({ provider, providerPort, providerKey }).toEqual({
    provider: 'fly',
    providerPort: first.providerPort,
    providerKey: first.providerKey,
  });
  const before = readFileSync(fleet.stateFile, 'utf8');
  await expect(prepareState(fleet, options({ provider: 'daytona' }))).rejects.toMatchObject({
    exitCode: EXIT.usage,
    message: 'this fleet has machines of fly and keeps them: daytona would be another fleet',
    hint: expect.stringContaining('--state') as string,
  });
  expect(readFileSync(fleet.stateFile, 'utf8')).toBe(before);
});

test('a state of before there were keys for commands and tokens gets them, and keeps them', async () => {
  const fleet = folder();
  const { commandKey: _, tokenKey: __, ...older } = await prepareState(fleet, options());
  await writePrivately(fleet.stateFile, JSON.stringify(older));
  const first = await prepareState(fleet, options());
  expect(first.commandKey).toMatch(/^[\w-]{43}$/);
  expect(first.tokenKey).not.toBe(first.commandKey);
  const { commandKey, tokenKey } = await prepareState(fleet, options());
  expect({ commandKey, tokenKey }).toEqual({ commandKey: first.commandKey, tokenKey: first.tokenKey });
});

test.each(['daytona', 'fly'] as const)(
  'machines of %s are asked for at the local server alone',
  async (provider) => {
    const fleet = folder();
    const state = await prepareState(fleet, options({ provider }));
    const variables = providerEnvironment(fleet, state, 'sha256:abc');
    expect(Object.keys(variables).filter((name) => name.startsWith('FETTLE_HOST'))).toEqual([]);
    expect(Object.values(variables)).toContain('sha256:abc');
    expect(Object.values(variables)).toContain(readFileSync(fleet.providerKeyFile, 'utf8').trim());
  },
);

test('what a person has set for a deployment is not taken for this fleet', async () => {
  const fleet = folder();
  const variables = providerEnvironment(fleet, await prepareState(fleet, options({ provider: 'fly' })), 'x');
  expect(
    withoutDeployment({
      ...variables,
      FETTLE_HOST_URL: 'x',
      FETTLE_DAYTONA_KEY: 'x',
      FETTLE_ACCESS_TEAM: 'x',
      FETTLE_COMMAND_KEY_PREVIOUS: 'x',
      PATH: '/bin',
    }),
  ).toEqual({
    PATH: '/bin',
  });
});
