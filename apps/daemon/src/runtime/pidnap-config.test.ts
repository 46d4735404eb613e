import { PidnapConfig } from '@fettle/pidnap';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { diskLayout } from '../disk/layout.ts';
import { pidnapConfig } from './pidnap-config.ts';

const disk = diskLayout('/machine');
const paths = { node: '/opt/node/bin/node', runtime: '/opt/fettle/runtime.cjs', path: '/usr/bin' };

function processes(spec = machineSpec()) {
  return pidnapConfig(spec, disk, paths).processes ?? {};
}

test('pidnap takes the configuration', () => {
  expect(() => v.parse(PidnapConfig, pidnapConfig(machineSpec(), disk, paths))).not.toThrow();
});

test('the daemon and the services wait for the first checkout', () => {
  const afterCheckout = [{ process: 'checkout', condition: 'completed' }];
  expect(processes().checkout?.command).toEqual([
    '/opt/node/bin/node',
    '/opt/fettle/runtime.cjs',
    'versions',
    'apply',
    '--root',
    '/machine',
    '--initial',
  ]);
  expect(processes().daemon).toMatchObject({
    dependsOn: afterCheckout,
    cwd: '/machine/versions/current/platform',
  });
  expect(processes().web).toMatchObject({
    dependsOn: afterCheckout,
    cwd: '/machine/versions/current/customer',
  });
});

test('a service finds its port, its data and our Node in its environment, and no more of ours', () => {
  expect(processes().web?.env).toEqual({
    PATH: '/opt/node/bin:/usr/bin',
    HOME: '/machine/home',
    FETTLE_ROOT: '/machine',
    FETTLE_MACHINE_ID: 'demo.web-1.1',
    FETTLE_PROJECT: 'demo',
    FETTLE_SLOT: 'web-1',
    HOST: '127.0.0.1',
    PORT: '4003',
    DATA_DIR: '/machine/data',
    NODE_ENV: 'production',
  });
});

test('a service is asked for its health where it listens, whichever port the spec names for a container', () => {
  const services = [{ name: 'web', command: ['node', 'server.mjs'], port: 8080, healthPath: '/live' }];
  expect(processes(machineSpec({ services })).web?.health).toMatchObject({
    kind: 'http',
    url: 'http://127.0.0.1:4003/live',
  });
});

test.each([
  ['0.0.0.0', 'http://127.0.0.1:4002/healthz'],
  ['::', 'http://[::1]:4002/healthz'],
  ['127.0.0.1', 'http://127.0.0.1:4002/healthz'],
])('bound to %s, the daemon is probed at %s', (listenHost, url) => {
  expect(processes(machineSpec({ listenHost })).daemon?.health).toMatchObject({ url });
});

test('the budget of a service is the one that its spec gives', () => {
  const restartBudget = { maxRestarts: 2, withinMs: 9000 };
  const services = [{ name: 'web', command: ['node', 'server.mjs'], port: 8080, restartBudget }];
  expect(processes(machineSpec({ services })).web?.budget).toEqual(restartBudget);
  expect(processes().daemon).toMatchObject({
    restart: 'always',
    budget: { maxRestarts: 5, withinMs: 60_000 },
  });
});

test('a daemon that hangs is left to the control plane for minutes, a service is not', () => {
  const patience = (name: string) => {
    const health = processes()[name]?.health;
    return (health?.retries ?? 0) * ((health?.intervalMs ?? 0) + (health?.timeoutMs ?? 0));
  };
  expect(patience('daemon')).toBeGreaterThan(5 * 60_000);
  expect(patience('web')).toBeLessThan(15_000);
});

test('a service without a port is refused by name', () => {
  expect(() => pidnapConfig(machineSpec({ ports: { pidnap: 1, daemon: 2 } }), disk, paths)).toThrow(
    'The machine’s spec has no port for web',
  );
});
