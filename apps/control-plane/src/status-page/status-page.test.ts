import { expect, test } from 'vitest';
import { statusPage } from './status-page.ts';

test.each(['/', '/status-page.css', '/status-page.js'])(
  '%s runs nothing that is not its own file',
  async (path) => {
    const answer = statusPage(path);
    expect(answer?.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer?.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(answer?.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  },
);

test('the page has no code and no style of its own, which the policy would refuse', async () => {
  const html = await statusPage('/')?.text();
  expect(html).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\bon\w+=|\bstyle=/);
  for (const [, file = ''] of html?.matchAll(/(?:src|href)="([^"]+)"/g) ?? [])
    expect(statusPage(file)?.status).toBe(200);
});

test('the script is one that a browser can read', async () => {
  const script = await statusPage('/status-page.js')?.text();
  expect(() => new Function(script ?? '')).not.toThrow();
  expect(script).not.toContain('innerHTML');
});

test('there is nothing else', () => {
  expect(statusPage('/status-page')).toBeNull();
  expect(statusPage('/__proto__')).toBeNull();
});
