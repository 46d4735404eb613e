import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactLines, REDACTED } from './redaction.ts';

const LONG = 'aZ3-aZ3_aZ3-aZ3_aZ3-aZ3_aZ3-aZ3_';
const PEM = `-----BEGIN EC PRIVATE KEY-----\n${LONG}\n-----END EC PRIVATE KEY-----`;

describe('secrets of known forms', () => {
  test.each([
    ['a machine token', `fmt2.k1.${LONG}.${LONG}`, '{}'],
    ['a machine token that was cut off', `fmt2.k1.${LONG.slice(0, 9)}`, '{}'],
    ['an operator token', `fop1.abcdefghijkl.${LONG}.${LONG}`, '{}'],
    ['an authorization header', 'Authorization: Bearer short', 'Authorization: {}'],
    ['basic authorization', 'authorization=Basic dXNlcjpwYXNz', 'authorization={}'],
    ['a signature', `Fettle-Signature: v1;${LONG}`, 'Fettle-Signature: {}'],
    ['a bearer elsewhere', `sent bearer ${LONG} twice`, 'sent bearer {} twice'],
    ['a password in a URL', 'https://me:p%40ss@git.example/x.git', 'https://me:{}@git.example/x.git'],
    ['a token in a URL', `https://${LONG}@git.example/x`, 'https://{}@git.example/x'],
    ['a private key', `key:\n${PEM}\nrest`, 'key:\n{}\nrest'],
    ['a private key without an end', `x ${PEM.slice(0, 60)}`, 'x {}'],
    ['a field of JSON', '{"dbPassword": "a\\"b", "n": 1}', '{"dbPassword": "{}", "n": 1}'],
    ['a field that was cut off', '{"apiKey":"abc', '{"apiKey":"{}'],
    ['JSON in JSON', '{"body":"{\\"token\\":\\"abc\\"}"}', '{"body":"{\\"token\\":\\"{}\\"}"}'],
    [
      'JSON in JSON with a quote in it',
      JSON.stringify({ body: JSON.stringify({ token: 'a"b\\c', n: 1 }) }),
      JSON.stringify({ body: '{"token":"{}","n":1}' }),
    ],
    ['a variable', 'FETTLE_MACHINE_KEY=k1:abc next', 'FETTLE_MACHINE_KEY={} next'],
    ['a parameter', 'GET /x?access_token=abc&y=1', 'GET /x?access_token={}&y=1'],
    ['an option of a command', 'deploy --api-key abc --verbose', 'deploy --api-key {} --verbose'],
    ['an option in quotes', "deploy --password 'a b' x", "deploy --password '{}' x"],
    [
      'an option in a list of arguments',
      '["x","--db-password","a\\"b","y"]',
      '["x","--db-password","{}","y"]',
    ],
    ['a token of three parts', `got eyJ${LONG}.${LONG}.${LONG}!`, 'got {}!'],
    ['Daytona', `dtn_${LONG}`, '{}'],
    ['Fly', `FlyV1 fm2_${LONG},fm2_${LONG}`, 'FlyV1 {}'],
    ['Fly, older', `fo1_${LONG}`, '{}'],
    ['GitHub', `ghp_${'a1'.repeat(18)}`, '{}'],
    ['GitHub, newer', `github_pat_${'a1'.repeat(18)}`, '{}'],
    ['AWS', 'id AKIAIOSFODNN7EXAMPLE.', 'id {}.'],
    ['Slack', 'xoxb-123456789012-abcdef', '{}'],
    ['language models', `sk-proj-${LONG}`, '{}'],
  ])('%s', (_name, text, expected) => {
    expect(redact(text)).toBe(expected.replaceAll('{}', REDACTED));
  });
});

test.each([
  'web is failed (exit code 1): listen EADDRINUSE 0.0.0.0:8080',
  'ssh://git@github.com:22/acme/demo.git at 4f2a9c1',
  'http://127.0.0.1:8080/health?user=me@example.com',
  '{"tokens": 3, "secretary": "Ann", "commandKeys": ["abc"], "password": null}',
  'usage: x --token --verbose, --tokens 3, ["--password","--verbose"] and token abc',
  'the bearer of good news, risk-free, task-1 of disk-22',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
])('what is no secret stays as it is: %s', (text) => {
  expect(redact(text)).toBe(text);
});

test('what the caller knows goes, also where it is escaped', () => {
  const secret = 'a/b"c d+e';
  const text = [secret, encodeURIComponent(secret), JSON.stringify(secret)].join(' | ');
  expect(redact(text, [secret, 'short'])).toBe(`${REDACTED} | ${REDACTED} | "${REDACTED}"`);
  expect(redact('a short text', ['short'])).toBe('a short text');
});

test('of two secrets that begin alike both go whole', () => {
  expect(redact('x secret-one-two y', ['secret-one', 'secret-one-two'])).toBe(`x ${REDACTED} y`);
});

/** Pieces of which secrets, and almost secrets, are made. */
const PIECES = [
  'fmt2.',
  'fop1.k.',
  'authorization',
  ': ',
  'Bearer ',
  'FlyV1 ',
  '://',
  'me',
  ':',
  '@',
  '"',
  "'",
  '\\"',
  '\\',

  'token',
  'password',
  'apiKey',
  '--',
  '","',
  '=',
  '&',
  ',',
  ';',
  ' ',
  '\n',
  'eyJ',
  '.',
  '-',
  'dtn_',
  'sk-',
  'AKIA',
  REDACTED,

  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'abc',
  LONG,
  'A1B2C3D4E5F6G7H8',
  '/',
];
const anyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(''));

test('a redacted text does not change any more', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = redact(text);
      expect(redact(once)).toBe(once);
    }),
    { numRuns: 3000 },
  );
});

test('text without any sign of a secret stays as it is, byte for byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      fc.pre(!/[:=@_]|-----|bearer|flyv1|fmt2|fop1|eyJ|sk-|AKIA|ASIA|xox|glpat/i.test(text));
      expect(redact(text)).toBe(text);
    }),
  );
});

test('time grows with the length and no faster', () => {
  for (const piece of PIECES.concat([
    'eyJ-',
    'a://b:',
    'token":"',
    '\\"token\\":\\"',
    'bearer a ',
    '-----BEGIN ',
  ])) {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const startedAt = performance.now();
    redact(text);
    // A quadratic pattern takes minutes for a million characters; this is far from both.
    expect({ piece, isFast: performance.now() - startedAt < 5000 }).toEqual({ piece, isFast: true });
  }
});

describe('lines that belong together', () => {
  const KEY = [
    `-----BEGIN ${'PRIVATE'} KEY-----`,
    'MIIEvQIBADANBgkq',
    'hkiG9w0BAQEFAASC',
    `-----END ${'PRIVATE'} KEY-----`,
  ];

  test('lose a private key that goes over several of them, and nothing around it', () => {
    const lines = [
      'loading',
      `key: ${KEY[0]}`,
      'Proc-Type: 4,ENCRYPTED',
      '',
      KEY[1]!,
      `  ${KEY[2]}`,
      `${KEY[3]} loaded`,
      'MIIE',
    ];
    const clean = redactLines(lines);
    expect(clean).toHaveLength(lines.length);
    expect(clean).toEqual([
      'loading',
      'key: [redacted]',
      '[redacted]',
      '[redacted]',
      '[redacted]',
      '[redacted]',
      '[redacted] loaded',
      'MIIE',
    ]);
    expect(redactLines(clean)).toEqual(clean);
  });

  test('go on where a key without an end was not one, or is over', () => {
    expect(redactLines([KEY[0]!, KEY[1]!, 'it is no key: try again', KEY[1]!])).toEqual([
      '[redacted]',
      '[redacted]',
      'it is no key: try again',
      KEY[1],
    ]);
    expect(redactLines([KEY.join(''), KEY[1]!])).toEqual(['[redacted]', KEY[1]]);
  });

  test('lose each what one text loses', () => {
    expect(redactLines(['a known-secret', 'token=abcdefgh'], ['known-secret'])).toEqual([
      'a [redacted]',
      'token=[redacted]',
    ]);
  });
});
