import { describe, expect, test } from 'vitest';
import { commit } from '../testing/builders.ts';
import { versionSet } from '../testing/project-life.ts';
import { broughtTo, leadsTo } from './named-versions.ts';

const SET = versionSet('b');
const ALL = { platform: SET.platform, customer: SET.customer };

describe('names lead to versions', () => {
  test.each([
    ['all hashes and the image', ALL, 'image-1', 'yes'],
    ['hashes without an image', ALL, null, 'maybe'],
    ['a branch', { ...ALL, customer: 'main' }, 'image-1', 'maybe'],
    [
      'a short hash, which may be a branch',
      { ...ALL, customer: SET.customer.slice(0, 7) },
      'image-1',
      'maybe',
    ],
    ['one repository', { customer: SET.customer }, 'image-1', 'maybe'],
    ['nothing', null, null, 'maybe'],
    ['another commit', { customer: commit('c') }, null, 'no'],
    ['another image', null, 'image-2', 'no'],
    ['a branch of another image', { customer: 'main' }, 'image-2', 'no'],
  ])('%s: %s', (_name, refs, image, expected) => {
    expect(leadsTo({ refs, image }, SET)).toBe(expected);
  });

  test('what is not named stays as it is', () => {
    expect(broughtTo(SET, { refs: { customer: 'main' }, image: null })).toEqual({
      image: 'image-1',
      refs: { platform: SET.platform, customer: 'main' },
    });
    expect(broughtTo(SET, { refs: null, image: 'image-2' })).toEqual({ image: 'image-2', refs: ALL });
  });
});
