import * as v from 'valibot';
import { expect, it } from 'vitest';
import { describeIssues } from '../core/problems.ts';
import { resolveConfigPaths } from '../shell/config-paths.ts';
import { PidnapConfig } from './config.ts';

const web = (fields: object) => ({ processes: { web: { command: ['x'], ...fields } } });
const tcp = (fields: object) => ({ listen: { tcp: { port: 1, tokenFile: '/t', ...fields } } });
const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;

it.each<[string, unknown]>([
  ['a prototype', JSON.parse('{"__proto__":{"stateDir":"/s"},"processes":7}')],
  ['a process that is a prototype', JSON.parse('{"processes":{"__proto__":{"command":["x"]},"a b":{}}}')],
  ['a name that leads out', { processes: { '../../etc': { command: ['x'] } } }],
  ['a name of a megabyte', { processes: { ['x'.repeat(1_000_000)]: { command: ['x'] } } }],
  ['a list of processes', { processes: [{ command: ['x'] }] }],
  ['a depth that never ends', web({ command: deep })],
  ['a program with a zero byte', web({ command: ['a\0b'] })],
  ['a folder with a zero byte', web({ cwd: '/a\0b' })],
  ['a variable with an equals sign', web({ env: { 'A=B': 'x' } })],
  ['a variable with a zero byte', web({ env: { A: 'x\0y' } })],
  ['a signal that is none', web({ stop: { signal: 'SIGNOTHING' } })],
  ['a time beyond numbers', web({ stop: { graceMs: Infinity } })],
  ['a time before numbers', web({ backoff: { initialMs: -1 } })],
  ['a pattern that is none', web({ health: { kind: 'log', pattern: '(' } })],
  ['an address of another scheme', web({ health: { kind: 'http', url: 'file:///etc/passwd' } })],
  ['a port beyond ports', tcp({ port: 65_536 })],
  ['a port between ports', tcp({ port: 1.5 })],
  ['a port as a text', tcp({ port: '80' })],
  ['nobody who may ask', { listen: { tcp: { port: 1 } } }],
  ['two ways to ask', tcp({ keysFile: '/k', audience: 'a' })],
  ['keys for nobody', { listen: { tcp: { port: 1, keysFile: '/k' } } }],
  ['keys for an empty name', { listen: { tcp: { port: 1, keysFile: '/k', audience: '' } } }],
  ['a text', 'stateDir: /s'],
  ['nothing', null],
])('%s is refused with a sentence, never with a crash', (_, config) => {
  const parsed = v.safeParse(PidnapConfig, resolveConfigPaths(config, '/folder'));
  expect(parsed.success).toBe(false);
  const problems = describeIssues(parsed.issues ?? [], PidnapConfig);
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) expect(problem).toMatch(/: /);
});
