import { expect, test } from 'vitest';
import { findRole } from './machine-hand.ts';

const processes = [
  { pid: 1, command: '/sbin/docker-init -- node /opt/fettle/runtime.cjs boot --root /machine' },
  { pid: 7, command: 'node /opt/fettle/runtime.cjs boot --root /machine' },
  {
    pid: 30,
    command: '/usr/local/bin/node /opt/fettle/runtime.cjs versions apply --root /machine --initial',
  },
  { pid: 40, command: '/usr/local/bin/node --no-opt daemon.cjs' },
  { pid: 41, command: 'node server.mjs' },
  { pid: 50, command: 'sh -c node server.mjs' },
];

test.each([
  ['pidnap', 7],
  ['daemon', 40],
  ['web', 41],
] as const)('%s is found among the processes of a container, below its init', (role, pid) => {
  expect(findRole(processes, role)?.pid).toBe(pid);
});

test('a role that nobody has is nobody', () => {
  expect(findRole(processes.slice(0, 1), 'web')).toBeNull();
});
