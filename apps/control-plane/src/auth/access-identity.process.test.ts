/** Whom tokens of Cloudflare Access let in, against a server that has a team's keys. */
import { createHmac } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ACCESS_AUDIENCE, claimsOf, startAccessServer, type AccessServer } from '../../test/access-server.ts';
import { AccessIdentities } from './access-identity.ts';

let access: AccessServer;
let other: AccessServer;
let identities: AccessIdentities;

beforeEach(async () => {
  access = await startAccessServer();
  other = await startAccessServer();
  identities = new AccessIdentities({ team: access.team, audience: ACCESS_AUDIENCE });
});
afterEach(() => Promise.all([access.close(), other.close()]));

const ANN = { email: 'Ann@acme.test' };
const verify = (token: string, now = Date.now()) => identities.verify(token, now);
const annWith = (changes: JWTPayload) => access.sign({ ...claimsOf(access.team, ANN), ...changes });
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a person is known by the address, in lower case, and a service token by its name', async () => {
  expect(await verify(await annWith({}))).toBe('ann@acme.test');
  expect(await verify(await access.sign(claimsOf(access.team, { common_name: 'ci.access' })))).toBe(
    'ci.access',
  );
});

test.each<[string, JWTPayload]>([
  ['another application', { aud: ['another'] }],
  ['no application', { aud: [] }],
  ['another team', { iss: 'https://other.cloudflareaccess.com' }],
  ['a time that is over', { exp: seconds(-10) }],
  ['a time that has not begun', { nbf: seconds(60) }],
  ['no end', { exp: undefined }],
  ['nobody', { email: undefined }],
  ['an address that is none', { email: 'ann@acme.test\nbob@acme.test' }],
  ['a session of the team and not of the application', { type: 'org' }],
])('a token for %s lets nobody in', async (_, changes) => {
  expect(await verify(await annWith(changes))).toBeNull();
});

test('a token that somebody else signed lets nobody in, whatever it says of its key', async () => {
  const token = await other.sign(claimsOf(access.team, ANN));
  expect(await verify(token)).toBeNull();
  const [header = '', claims = '', signature = ''] = (await annWith({})).split('.');
  const forged = part({ ...claimsOf(access.team, { email: 'eve@acme.test' }) });
  expect(await verify(`${header}.${forged}.${signature}`)).toBeNull();
  expect(await verify(`${part({ alg: 'none', typ: 'JWT' })}.${claims}.`)).toBeNull();
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  const symmetric = `${part({ alg: 'HS256', kid })}.${claims}`;
  const tag = createHmac('sha256', ACCESS_AUDIENCE).update(symmetric).digest('base64url');
  expect(await verify(`${symmetric}.${tag}`)).toBeNull();
  expect(await verify('garbage')).toBeNull();
  expect(await verify(`${header}.${claims}.${signature}`)).toBe('ann@acme.test');
});

test('keys are asked for once, and again for one that is new', async () => {
  for (let call = 0; call < 5; call++) await verify(await annWith({}));
  expect(access.keyRequests()).toBe(1);
  await access.rotate(true);
  // Within the cool-down a key that is not there is not looked for: made-up ones would cost a request each.
  expect(await verify(await annWith({}))).toBeNull();
  expect(access.keyRequests()).toBe(1);
});

test('without the keys of the team nobody is let in, and they are not asked for at every request', async () => {
  access.setBroken('fails');
  const token = await annWith({});
  const now = Date.now();
  for (let call = 0; call < 5; call++) expect(await verify(token, now)).toBeNull();
  expect(access.keyRequests()).toBe(1);
  access.setBroken(null);
  expect(await verify(token, now + 29_000)).toBeNull();
  expect(await verify(token, now + 31_000)).toBe('ann@acme.test');
});

test('a key that nobody knows keeps nobody out whose key is known, also when the team does not answer', async () => {
  const token = await annWith({});
  expect(await verify(token)).toBe('ann@acme.test');
  access.setBroken('fails');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
  try {
    expect(await verify(await other.sign(claimsOf(access.team, ANN)))).toBeNull();
    expect(access.keyRequests()).toBe(2);
    expect(await verify(token)).toBe('ann@acme.test');
    expect(await verify(await other.sign(claimsOf(access.team, ANN)))).toBeNull();
    expect(access.keyRequests()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});
