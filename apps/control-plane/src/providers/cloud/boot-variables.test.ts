import { BootEnvironment, BootstrapFile } from '@fettle/contract';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { newMachine } from '../../../test/new-machine.ts';
import { bootstrapText, bootVariables, rebootVariables, versionsFromIn } from './boot-variables.ts';

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
    commandKeys: newMachine().commandKeys,
  });
});

it('has the versions applied over those of a disk that was restored', () => {
  expect(versionsFromIn(bootVariables(newMachine({ restoreCopyId: 'copy' }), making))).toBe('demo.web-1.1/1');
});

it('changes only image and versions for another image', () => {
  const before = { ...bootVariables(newMachine(), making), OTHER: 'stays' };
  const order = { image: 'images/web:2', versions: { customer: 'v2' }, actionId: 'demo.web-1.1/9' };
  const after = rebootVariables(before, order);
  expect(after).toMatchObject({ OTHER: 'stays' });
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

it('tells no secret by an environment, not even a password in a clone URL', () => {
  const told = bootVariables(newMachine(), {
    ...making,
    surroundings: {
      ...surroundings,
      repositories: {
        platform: 'https://reader:p%40ss@git.example/platform.git?depth=1',
        customer: 'https://token@git.example:8443/customer',
      },
    },
  });
  const { FETTLE_MACHINE_JSON: spec } = v.parse(BootEnvironment, told);
  expect(spec.repositories).toEqual({
    platform: 'https://git.example/platform.git?depth=1',
    customer: 'https://git.example:8443/customer',
  });
  for (const secret of [newMachine().bootstrap, 'reader', 'p%40ss', 'p@ss', 'token@'])
    expect(JSON.stringify(told)).not.toContain(secret);
});

it('has a bootstrap file that a machine takes for its own', () => {
  const file = { machineId: 'demo.web-1.1', token: 'a.b.c' };
  expect(v.parse(v.pipe(v.string(), v.parseJson(), BootstrapFile), bootstrapText(file))).toEqual(file);
});
