import { expect, test } from 'vitest';
import { ProviderError } from './machine-provider.ts';
import { assertMayAsk, heed } from './patience.ts';

const NOW = 1_700_000_000_000;
let hosts = 0;
/** A provider that nobody has heard of yet. */
const provider = () => `http://host-${(hosts += 1)}`;
const tooMany = (retryAfter?: string) =>
  new Response(null, {
    status: 429,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });

test.each([
  ['seconds', '7', 7000],
  ['a date', new Date(NOW + 9000).toUTCString(), 9000],
  ['longer than can be borne', '86400', 300_000],
])('a provider that asks for patience (%s) is asked nothing until then', (_, header, restMs) => {
  const url = provider();
  expect(() => heed(url, tooMany(header), NOW)).toThrow(ProviderError);
  expect(() => assertMayAsk(url, NOW + restMs - 1)).toThrow('too many requests');
  expect(() => assertMayAsk(url, NOW + restMs)).not.toThrow();
});

test.each([
  ['nothing', undefined],
  ['nonsense', 'soon'],
  ['a time that is over', new Date(NOW - 9000).toUTCString()],
])('a refusal that says %s may be followed by another try', (_, header) => {
  const url = provider();
  expect(() => heed(url, tooMany(header), NOW)).toThrow('too many requests');
  expect(() => assertMayAsk(url, NOW)).not.toThrow();
});

test('a refusal for now may be sent again, and says nothing about the machine', () => {
  const refused = { code: 'PROVIDER_FAILED', retryable: true };
  expect(() => heed(provider(), tooMany(), NOW)).toThrow(expect.objectContaining(refused));
});

test('a shorter wish does not shorten a longer one, and nobody else has to wait', () => {
  const url = provider();
  for (const seconds of ['60', '1']) expect(() => heed(url, tooMany(seconds), NOW)).toThrow();
  expect(() => assertMayAsk(url, NOW + 2000)).toThrow();
  expect(() => assertMayAsk(provider(), NOW)).not.toThrow();
});

test('every other answer passes', () => {
  for (const status of [200, 404, 503])
    expect(() => heed(provider(), new Response(null, { status }), NOW)).not.toThrow();
});
