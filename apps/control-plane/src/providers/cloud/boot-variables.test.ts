import { BootEnvironment } from '@fettle/contract';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { newMachine } from '../../../test/new-machine.ts';
import { bootVariables, rebootVariables, secretsIn, versionsFromIn } from './boot-variables.ts';

const surroundings = {
  controlUrl: 'https://fettle.example',
  repositories: { platform: 'https://git.example/platform', customer: 'https://git.example/customer' },
};
const making = { image: 'images/web:1', actionId: 'demo.web-1.1/1', surroundings };

it('tells a machine who it is, in the words of the contract', () => {
  const told = v.parse(BootEnvironment, bootVariables(newMachine(), making));
  expect(told.FETTLE_MACHINE_JSON).toMatchObject({
    identity: { machineId: 'demo.web-1.1' },
    image: 'images/web:1',
    controlUrl: 'https://fettle.example',
    listenHost: '0.0.0.0',
    ports: { pidnap: 7701, daemon: 7702, web: 8080 },
    versionsFrom: null,
  });
  expect(told.FETTLE_CREDENTIALS_JSON).toEqual(newMachine().credentials);
});

it('has the versions applied over those of a disk that was restored', () => {
  expect(versionsFromIn(bootVariables(newMachine({ restoreCopyId: 'copy' }), making))).toBe('demo.web-1.1/1');
});

it('changes only image and versions for another image', () => {
  const before = { ...bootVariables(newMachine(), making), OTHER: 'stays' };
  const order = { image: 'images/web:2', versions: { customer: 'v2' }, actionId: 'demo.web-1.1/9' };
  const after = rebootVariables(before, order);
  expect(after).toMatchObject({ OTHER: 'stays', FETTLE_CREDENTIALS_JSON: before.FETTLE_CREDENTIALS_JSON });
  const { FETTLE_MACHINE_JSON: spec } = v.parse(BootEnvironment, after);
  expect(spec).toMatchObject({
    image: 'images/web:2',
    versions: { customer: 'v2' },
    versionsFrom: 'demo.web-1.1/9',
  });
  expect(versionsFromIn(after ?? {})).toBe('demo.web-1.1/9');
});

it.each<Record<string, string>>([{}, { FETTLE_MACHINE_JSON: 'no JSON' }, { FETTLE_MACHINE_JSON: '{}' }])(
  'makes nothing of an environment of somebody else: %j',
  (env) => {
    expect(versionsFromIn(env)).toBeNull();
    expect(rebootVariables(env, { image: 'images/web:2', versions: {}, actionId: 'a/1' })).toBeNull();
  },
);

it('keeps the credentials of an environment out of messages, whatever form they have there', () => {
  expect(secretsIn(bootVariables(newMachine(), making))).toEqual([
    'machine-token-secret',
    'command-token-secret',
  ]);
  expect(secretsIn({ FETTLE_CREDENTIALS_JSON: 'token' })).toEqual(['token']);
});
