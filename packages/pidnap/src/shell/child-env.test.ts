import { describe, expect, it } from 'vitest';
import { definition } from '../../test/builders.ts';
import { childEnvironment } from './child-env.ts';

const OWN = {
  PATH: '/bin',
  HOME: '/root',
  LANG: 'C',
  TZ: 'UTC',
  SECRET: 's',
  EXTRA: 'e',
  FETTLE_MACHINE_ID: 'm-1',
};
const environment = (
  change: Parameters<typeof definition>[0] = {},
  markerEnv = ['FETTLE_MACHINE_ID'],
  own = OWN,
  fromFiles: Record<string, string> = {},
) =>
  childEnvironment({
    definition: definition(change),
    mark: { instanceId: 'i', name: 'web', run: 3 },
    fromFiles,
    markerEnv,
    own,
  });
const BASE = { PATH: '/bin', HOME: '/root', LANG: 'C', TZ: 'UTC' };
const MARK = { PIDNAP_INSTANCE: 'i', PIDNAP_PROCESS: 'web', PIDNAP_RUN: '3' };

describe('childEnvironment', () => {
  it.each([
    ['by default is the few everybody gets, and the markers', {}, { ...BASE, FETTLE_MACHINE_ID: 'm-1' }],
    [
      'has what is inherited by name',
      { inheritEnv: ['EXTRA', 'UNSET'] },
      { ...BASE, EXTRA: 'e', FETTLE_MACHINE_ID: 'm-1' },
    ],
    [
      'has its own',
      { env: { A: '1', PATH: '/own' } },
      { ...BASE, A: '1', PATH: '/own', FETTLE_MACHINE_ID: 'm-1' },
    ],
    [
      'cannot forge markers and marks',
      { env: { FETTLE_MACHINE_ID: 'x', PIDNAP_PROCESS: 'x' } },
      { ...BASE, FETTLE_MACHINE_ID: 'm-1' },
    ],
  ])('%s', (_what, change, expected) => {
    expect(environment(change)).toEqual({ ...expected, ...MARK });
  });

  it('has what its env files say, under what it sets itself', () => {
    const fromFiles = { A: 'file', B: 'file', PATH: '/file' };
    expect(environment({ env: { A: 'own' } }, [], OWN, fromFiles)).toEqual({
      ...BASE,
      ...fromFiles,
      A: 'own',
      ...MARK,
    });
  });

  it('has other markers where they are configured', () => {
    expect(environment({}, ['SECRET'])).toEqual({ ...BASE, SECRET: 's', ...MARK });
  });

  it('leaves out what pidnap itself has not got', () => {
    expect(environment({}, ['FETTLE_MACHINE_ID'], {} as typeof OWN)).toEqual(MARK);
  });
});
