import { describe, expect, test } from 'vitest';
import {
  applyProcessDefinition,
  applyProcessName,
  applySequence,
  checkoutCommand,
  isVersionTask,
  restoreProcessDefinition,
  restoreProcessName,
} from './version-change.ts';

const COMMIT = 'a'.repeat(40);
const action = { id: 'demo.web-1.1/7', sequence: 7 };
const checkout = {
  command: checkoutCommand({ node: '/usr/bin/node', runtime: '/opt/fettle/runtime.cjs', root: '/machine' }),
  cwd: '/machine',
  inheritEnv: ['SSL_CERT_FILE'],
};

describe('the process of a version change', () => {
  test('runs the same program on the same disk as the checkout task, once', () => {
    expect(applyProcessDefinition(checkout, { action, refs: { customer: 'main' }, fresh: false })).toEqual({
      command: [
        '/usr/bin/node',
        '/opt/fettle/runtime.cjs',
        'versions',
        'apply',
        '--root',
        '/machine',
        '--customer',
        'main',
        '--action',
        'demo.web-1.1/7',
      ],
      cwd: '/machine',
      inheritEnv: ['SSL_CERT_FILE'],
      restart: 'never',
    });
  });

  test('names both repositories and asks for fresh checkouts when it restores', () => {
    const refs = { platform: COMMIT, customer: COMMIT };
    const { command } = applyProcessDefinition(checkout, { action, refs, fresh: true });
    expect(command.slice(6)).toEqual([
      '--platform',
      COMMIT,
      '--customer',
      COMMIT,
      '--fresh',
      '--action',
      action.id,
    ]);
  });

  test('is refused when the pattern is the definition of another process', () => {
    const service = { ...checkout, command: ['node', 'server.mjs'] };
    expect(() =>
      applyProcessDefinition(service, { action, refs: { customer: 'main' }, fresh: false }),
    ).toThrow('Not the command of a checkout task: node server.mjs');
  });

  test('has a name that tells the sequence of its action', () => {
    expect(applyProcessName(action)).toBe('apply-7');
    expect(applySequence('apply-7')).toBe(7);
    expect(applySequence('apply-x')).toBeNull();
    expect(applySequence('web')).toBeNull();
  });
});

describe('the process that brings work back', () => {
  test('runs the same program on the same disk as the checkout task, once, and names what was saved', () => {
    expect(restoreProcessName(action)).toBe('restore-7');
    expect(restoreProcessDefinition(checkout, { from: 'demo.web-1.1', evidence: '12' })).toEqual({
      command: ['/usr/bin/node', '/opt/fettle/runtime.cjs', 'work', 'restore', '--root', '/machine'].concat([
        '--from',
        'demo.web-1.1',
        '--evidence',
        '12',
      ]),
      cwd: '/machine',
      inheritEnv: ['SSL_CERT_FILE'],
      restart: 'never',
    });
  });
});

test.each([
  ['checkout', true],
  ['apply-12', true],
  ['restore-12', true],
  ['daemon', false],
  ['web', false],
])('%s is a task of Fettle: %s', (name, expected) => {
  expect(isVersionTask(name)).toBe(expected);
});
