import { expect, test } from 'vitest';
import { inspection, observation, providerSays } from '../testing/builders.ts';
import { believe, hostOf } from './believe.ts';

const absentOn = (host: string | null) => providerSays({ state: 'absent', diskPresent: false, host });

test('a machine is not gone because another host does not have it', () => {
  expect(believe(absentOn('host-2'), 'host-1').provider).toEqual({
    ok: false,
    code: 'HOST_UNREACHABLE',
    message: 'host-2 does not have the machine, which was on host-1',
  });
});

test.each([
  ['the host that had it does not have it', absentOn('host-1'), 'host-1'],
  ['nobody knows which host had it', absentOn('host-2'), null],
  ['the provider does not tell which host it is', absentOn(null), 'host-1'],
  ['it runs on another host', providerSays({ state: 'running', host: 'host-2' }), 'host-1'],
  [
    'the provider is silent',
    observation({ provider: { ok: false, code: 'HOST_UNREACHABLE', message: '' } }),
    'host-1',
  ],
])('an answer is taken as it is when %s', (_name, seen, host) => {
  expect(believe(seen, host)).toBe(seen);
});

test.each([
  ['that has it', inspection({ host: 'host-2' }), 'host-2'],
  ['that had it last, when it is absent', inspection({ state: 'absent', host: 'host-2' }), 'host-1'],
  ['that had it last, when the provider does not tell', inspection({ host: null }), 'host-1'],
  ['that had it last, when nobody answers', null, 'host-1'],
])('the host of a machine is the one %s', (_name, seen, expected) => {
  expect(hostOf(seen, 'host-1')).toBe(expected);
});
