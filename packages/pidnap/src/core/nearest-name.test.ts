import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

const KNOWN = [
  'command',
  'cwd',
  'env',
  'envFiles',
  'inheritEnv',
  'restart',
  'dependsOn',
  'health',
  'logs',
  'stop',
];

it.each([
  ['comand', 'command'],
  ['cmmand', 'command'],
  ['ocmmand', 'command'],
  ['depends_on', 'dependsOn'],
  ['DependsOn', 'dependsOn'],
  ['dependson', 'dependsOn'],
  ['environment', 'env'],
  ['healthcheck', 'health'],
  ['envFile', 'envFiles'],
  ['cmd', 'command'],
  ['deps', 'dependsOn'],
  ['dir', null],
  ['user', null],
  ['x', null],
])('"%s" most likely means %s', (unknown, meant) => {
  expect(nearestName(unknown, KNOWN)).toBe(meant);
});

it('knows nothing where no name is known', () => {
  expect(nearestName('a', [])).toBeNull();
});
