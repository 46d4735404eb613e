import { describe, expect, it } from 'vitest';
import { definition } from '../../test/builders.ts';
import type { ProcessDefinitionInput } from '../contract/definition.ts';
import { needsNewRun } from './redefinition.ts';

const OLD = definition({
  command: ['server'],
  env: { A: '1', B: '2' },
  envFiles: ['/etc/a.env', '/etc/b.env'],
  inheritEnv: ['X', 'Y'],
});
const change = (fields: Partial<ProcessDefinitionInput>): boolean =>
  needsNewRun(OLD, { ...OLD, ...pick(definition(fields), Object.keys(fields)) });

describe('a process that is up is started anew for a change of', () => {
  it.each<[string, Partial<ProcessDefinitionInput>]>([
    ['command', { command: ['server', '--fast'] }],
    ['cwd', { cwd: '/elsewhere' }],
    ['the value of a variable', { env: { A: '1', B: '3' } }],
    ['a variable that is gone', { env: { A: '1' } }],
    ['a new variable', { env: { A: '1', B: '2', C: '3' } }],
    ['a file of variables', { envFiles: ['/etc/a.env'] }],
    ['the order of files of variables', { envFiles: ['/etc/b.env', '/etc/a.env'] }],
    ['variables that are passed on', { inheritEnv: ['X'] }],
    ['a schedule where there was none', { schedule: { cron: '@daily' }, restart: 'never' }],
  ])('%s', (_what, fields) => {
    expect(change(fields)).toBe(true);
  });
});

describe('a process that is up goes on after a change of', () => {
  it.each<[string, Partial<ProcessDefinitionInput>]>([
    ['nothing', {}],
    ['the order of variables', { env: { B: '2', A: '1' } }],
    ['the order of names that are passed on', { inheritEnv: ['Y', 'X'] }],
    [
      'whether a file of variables must be there',
      { envFiles: [{ path: '/etc/a.env', required: false }, '/etc/b.env'] },
    ],
    [
      'what a change of such a file does',
      { envFiles: [{ path: '/etc/a.env', whenChanged: 'ignore' }, '/etc/b.env'] },
    ],
    ['restart', { restart: 'on-failure' }],
    ['autostart', { autostart: false }],
    ['backoff', { backoff: { initialMs: 1 } }],
    ['crashLoop', { crashLoop: {} }],
    ['budget', { budget: null }],
    ['minUptimeMs', { minUptimeMs: 1 }],
    ['stop', { stop: { graceMs: 1 } }],
    ['dependsOn', { dependsOn: [{ process: 'db' }] }],
    ['health', { health: { kind: 'tcp', port: 1 } }],
    ['forwardSignals', { forwardSignals: ['SIGHUP'] }],
    ['logs', { logs: { files: 2 } }],
  ])('%s', (_what, fields) => {
    expect(change(fields)).toBe(false);
  });

  it('the times of its schedule', () => {
    const at = (cron: string) => definition({ schedule: { cron } });
    expect(needsNewRun(at('@daily'), at('@hourly'))).toBe(false);
    expect(needsNewRun(at('@daily'), definition())).toBe(true);
  });
});

function pick(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}
