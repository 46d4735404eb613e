import { expect, test } from 'vitest';
import { looksLikeOperatorToken, makeOperatorToken, readOperatorToken } from './operator-token.ts';

const KEY = 'a-key-of-a-test-0123456789abcdef';

test('a token says its id, and the hash under which its secret is known', async () => {
  const { token, id, secretHash } = await makeOperatorToken(KEY);
  expect(looksLikeOperatorToken(token)).toBe(true);
  expect(await readOperatorToken(KEY, token)).toEqual({ id, secretHash });
  expect(token).not.toContain(secretHash);
});

test('two tokens have nothing in common', async () => {
  const [one, other] = await Promise.all([makeOperatorToken(KEY), makeOperatorToken(KEY)]);
  expect(one.id).not.toBe(other.id);
  expect(one.secretHash).not.toBe(other.secretHash);
});

test('no part of a token can be changed, made up or exchanged', async () => {
  const { token } = await makeOperatorToken(KEY);
  const other = await makeOperatorToken(KEY);
  const [prefix = '', id = '', secret = '', check = ''] = token.split('.');
  const [, otherId = '', otherSecret = ''] = other.token.split('.');
  const flipped = check.startsWith('A') ? `B${check.slice(1)}` : `A${check.slice(1)}`;
  for (const forged of [
    [prefix, otherId, secret, check],
    [prefix, id, otherSecret, check],
    [prefix, id, secret, flipped],
    [prefix, id, secret, ''],
    [prefix, id, secret],
    ['fop2', id, secret, check],
    [prefix, id, secret, check, check],
    [prefix, id.toUpperCase(), secret, check],
    // The last letter has bits that mean nothing: only one writing of a tag is taken.
    [prefix, id, secret, `${check.slice(0, -1)}${check.endsWith('A') ? 'B' : 'A'}`],
  ])
    expect(await readOperatorToken(KEY, forged.join('.'))).toBeNull();
});

test('a token that was made with another key is none of ours', async () => {
  const { token } = await makeOperatorToken(KEY);
  expect(await readOperatorToken('another-key-0123456789abcdef0123', token)).toBeNull();
  expect(await readOperatorToken(KEY, token)).not.toBeNull();
});
