import { expect, it } from 'vitest';
import { secured } from './security-headers.ts';

it('keeps browsers from running, framing, guessing and storing an answer of the API', () => {
  const { headers, status } = secured(Response.json({ ok: true }, { status: 201 }));
  expect(status).toBe(201);
  expect(Object.fromEntries(headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    'content-type': 'application/json',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
});

it('leaves a page its own policy, and a file its own life, but nothing else', async () => {
  const said = {
    'content-security-policy': "script-src 'self'",
    'cache-control': 'max-age=60',
    'x-frame-options': 'ALLOWALL',
  };
  const answer = secured(new Response('text', { headers: said }));
  expect(answer.headers.get('content-security-policy')).toBe("script-src 'self'");
  expect(answer.headers.get('cache-control')).toBe('max-age=60');
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  expect(await answer.text()).toBe('text');
});
