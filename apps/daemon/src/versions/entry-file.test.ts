import { expect, test } from 'vitest';
import { machineSpec } from '../../test/machine-spec.ts';
import { entryFiles } from './entry-file.ts';

function services(...commands: string[][]) {
  return machineSpec({
    services: commands.map((command, index) => ({ name: `s${index}`, command, port: 8000 + index })),
  }).services;
}

test('the platform starts with the daemon', () => {
  expect(entryFiles('platform', [])).toEqual(['daemon.cjs']);
});

test.each([
  [
    'the first source file of a node command',
    ['node', '--enable-source-maps', 'src/main.mjs', 'x.js'],
    ['src/main.mjs'],
  ],
  ['that of a node with a path', ['/usr/bin/node', 'a.js'], ['a.js']],
  ['nothing for another program', ['./run.sh', 'a.js'], []],
  ['nothing for a file outside the checkout', ['node', '/opt/a.js'], []],
  ['nothing for a node that gets its program otherwise', ['node', '--eval', '1'], []],
])('a service starts with %s', (_, command, expected) => {
  expect(entryFiles('customer', services(command))).toEqual(expected);
});

test('a file that two services share is named once', () => {
  expect(entryFiles('customer', services(['node', 'a.js', 'web'], ['node', 'a.js', 'worker']))).toEqual([
    'a.js',
  ]);
});
