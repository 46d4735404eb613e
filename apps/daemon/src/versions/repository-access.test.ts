import { expect, test } from 'vitest';
import { repositoryAccess, secretsOf } from './repository-access.ts';

test('user and password go into the environment, what is left is the URL', () => {
  const { url, env } = repositoryAccess('https://machine:p%40ss%2Fword@git.example:8443/acme/web.git');
  expect(url).toBe('https://git.example:8443/acme/web.git');
  expect(env).toMatchObject({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'credential.https://git.example:8443.helper',
    FETTLE_GIT_USER: 'machine',
    FETTLE_GIT_PASSWORD: 'p@ss/word',
  });
  expect(env.GIT_CONFIG_VALUE_0).not.toMatch(/machine|p@ss/);
});

test('a password that is not escaped is taken as it is', () => {
  const access = repositoryAccess('https://machine:100%sure@git.example/a.git');
  expect(access.env.FETTLE_GIT_PASSWORD).toBe('100%sure');
  expect(secretsOf(access)).toEqual(['100%sure']);
});

test('a token alone, as a user, is taken out as well', () => {
  expect(repositoryAccess('https://ghp_token@git.example/a.git')).toMatchObject({
    url: 'https://git.example/a.git',
    env: { FETTLE_GIT_USER: 'ghp_token', FETTLE_GIT_PASSWORD: '' },
  });
});

test.each(['https://git.example/a.git', 'file:///repos/a.git', 'ssh://git@git.example/a.git'])(
  '%s stays as it is, without an environment',
  (url) => {
    expect(repositoryAccess(url)).toEqual({ url, env: {} });
  },
);
