import { array, assert, constantFrom, oneof, property, string, webUrl } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowTarget, onlyOrigin, type Allowed } from './allow-target.ts';

const ALLOWED: Allowed = {
  origins: ['https://api.machines.example', 'http://127.0.0.1:8787', 'https://host.example:8443'],
  hosts: ['proxy.daytona.example'],
};

it.each([
  'https://api.machines.example',
  'https://api.machines.example/v1/apps?name=a@b#c',
  'http://127.0.0.1:8787/preview/8080-x/',
  'https://host.example:8443/rpc',
  'https://proxy.daytona.example/toolbox',
  'https://8080-6f1c.proxy.daytona.example/',
  'https://8080-6f1c.proxy.daytona.example:443/path?q=%2e%2e',
  'HTTPS://8080-6F1C.Proxy.Daytona.Example/healthz',
  'https://8080-6f1c.proxy.daytona.example?@elsewhere.example',
])('lets %s through', (url) => {
  expect(allowTarget(url, ALLOWED)).toEqual({ ok: true });
});

/** What leads, or could be read to lead, anywhere else. */
const HOSTILE: readonly [what: string, url: string][] = [
  ['loopback', 'http://127.0.0.1/'],
  ['loopback at another port', 'http://127.0.0.1:8788/'],
  ['loopback by https', 'https://127.0.0.1/'],
  ['loopback as a decimal number', 'http://2130706433/'],
  ['loopback as a decimal number at the configured port', 'http://2130706433:8787/'],
  ['loopback in hexadecimal', 'http://0x7f000001/'],
  ['loopback in hexadecimal parts', 'http://0x7f.0x0.0x0.0x1:8787/'],
  ['loopback in a short hexadecimal form', 'http://0x7f.1/'],
  ['loopback in octal', 'http://017700000001/'],
  ['loopback in octal parts', 'http://0177.0.0.01:8787/'],
  ['loopback with two parts', 'http://127.1:8787/'],
  ['loopback with zeros in front', 'http://127.000.000.001:8787/'],
  ['another loopback', 'http://127.8.8.8:8787/'],
  ['loopback with a dot behind', 'http://127.0.0.1.:8787/'],
  ['loopback of version 6', 'http://[::1]:8787/'],
  ['loopback of version 6, in full', 'https://[0:0:0:0:0:0:0:1]/'],
  ['loopback mapped into version 6', 'http://[::ffff:127.0.0.1]:8787/'],
  ['loopback mapped into version 6, in hexadecimal', 'https://[::ffff:7f00:1]/'],
  ['loopback through NAT64', 'https://[64:ff9b::7f00:1]/'],
  ['a zone of version 6', 'https://[fe80::1%25eth0]/'],
  ['no address at all', 'http://0/'],
  ['the unspecified address', 'https://0.0.0.0/'],
  ['the unspecified address of version 6', 'https://[::]/'],
  ['localhost', 'http://localhost:8787/'],
  ['localhost with a dot behind', 'https://localhost./'],
  ['a name below localhost', 'https://proxy.daytona.example.localhost/'],
  ['cloud metadata', 'http://169.254.169.254/latest/meta-data/'],
  ['cloud metadata as a number', 'https://2852039166/'],
  ['cloud metadata in hexadecimal', 'https://0xa9fea9fe/'],
  ['cloud metadata mapped into version 6', 'https://[::ffff:a9fe:a9fe]/'],
  ['cloud metadata by name', 'http://metadata.google.internal/computeMetadata/v1/'],
  ['a private network', 'https://10.0.0.1/'],
  ['another private network', 'https://172.16.0.1/'],
  ['a third private network', 'https://192.168.1.1/'],
  ['a shared network', 'https://100.64.0.1/'],
  ['a private network of version 6', 'https://[fc00::1]/'],
  ['a public address', 'https://1.1.1.1/'],
  ['full-width digits', 'http://１２７.0.0.1:8787/'],
  ['circled digits', 'http://①②⑦.⓪.⓪.①/'],
  ['a name that resolves to loopback', 'https://127.0.0.1.nip.example/'],
  ['another host', 'https://elsewhere.example/'],
  ['the allowed host in front of another', 'https://proxy.daytona.example.elsewhere.example/'],
  ['the allowed host as the end of another label', 'https://evilproxy.daytona.example/'],
  ['the parent of the allowed host', 'https://daytona.example/'],
  ['a configured origin in front of another', 'https://api.machines.example.elsewhere.example/'],
  ['a name below a configured origin', 'https://x.api.machines.example/'],
  ['a configured host at another port', 'https://api.machines.example:8443/'],
  ['a configured host by http', 'http://api.machines.example/'],
  ['a configured host at the port of another', 'https://host.example/'],
  ['an allowed host by http', 'http://8080-x.proxy.daytona.example/'],
  ['an allowed host at another port', 'https://8080-x.proxy.daytona.example:8080/'],
  ['an allowed host at the port of http', 'https://8080-x.proxy.daytona.example:80/'],
  ['an allowed host with a dot behind', 'https://8080-x.proxy.daytona.example./'],
  ['a configured origin with a dot behind', 'https://api.machines.example./'],
  ['an empty label', 'https://8080-x..proxy.daytona.example/'],
  ['an allowed host as a user name', 'https://8080-x.proxy.daytona.example@elsewhere.example/'],
  ['a configured origin as a user name', 'https://api.machines.example@elsewhere.example/'],
  ['a configured origin as a user name with a password', 'http://127.0.0.1:8787@elsewhere.example/'],
  ['a user name', 'https://user@8080-x.proxy.daytona.example/'],
  ['a password', 'https://user:secret@8080-x.proxy.daytona.example/'],
  ['an empty user name', 'https://@8080-x.proxy.daytona.example/'],
  ['an escaped sign before the host', 'https://user%40elsewhere.example@8080-x.proxy.daytona.example/'],
  ['a backslash for a slash', 'https://elsewhere.example\\.proxy.daytona.example/'],
  ['a backslash before the host', 'https:\\\\8080-x.proxy.daytona.example/'],
  ['a backslash after a user name', 'https://8080-x.proxy.daytona.example\\@elsewhere.example/'],
  ['one slash', 'https:/8080-x.proxy.daytona.example/'],
  ['no slash', 'https:8080-x.proxy.daytona.example/'],
  ['three slashes', 'https:///8080-x.proxy.daytona.example/'],
  ['no scheme', '//8080-x.proxy.daytona.example/'],
  ['a path alone', '/healthz'],
  ['an escaped dot', 'https://8080-x%2eproxy.daytona.example/'],
  ['an escaped letter', 'https://8080-x.%70roxy.daytona.example/'],
  ['an escaped slash', 'https://elsewhere.example%2f.proxy.daytona.example/'],
  ['an escaped zero', 'https://elsewhere.example%00.proxy.daytona.example/'],
  ['an ideographic full stop', 'https://8080-x。proxy。daytona。example/'],
  ['a full-width full stop', 'https://elsewhere．example/'],
  ['punycode', 'https://xn--80ak6aa92e.proxy.daytona.example/'],
  ['letters that look alike', 'https://8080-х.proxy.daytona.example/'],
  ['a sharp s', 'https://ß.proxy.daytona.example/'],
  ['a soft hyphen', 'https://8080-x.pro\u00adxy.daytona.example/'],
  ['a joiner without width', 'https://8080-x.proxy\u200d.daytona.example/'],
  ['a space in front', ' https://8080-x.proxy.daytona.example/'],
  ['a tab in the host', 'https://8080-x.pro\txy.daytona.example/'],
  ['a line break in the scheme', 'ht\ntps://8080-x.proxy.daytona.example/'],
  ['a header after the address', 'https://8080-x.proxy.daytona.example/\r\nhost: elsewhere.example'],
  ['an underscore', 'https://8080_x.proxy.daytona.example/'],
  ['a dash in front of a label', 'https://-x.proxy.daytona.example/'],
  ['a label that is too long', `https://${'a'.repeat(64)}.proxy.daytona.example/`],
  ['a file', 'file:///etc/passwd'],
  ['data', 'data:text/plain,https://8080-x.proxy.daytona.example/'],
  ['a script', 'javascript:fetch("https://8080-x.proxy.daytona.example/")'],
  ['a blob', 'blob:https://8080-x.proxy.daytona.example/1'],
  ['gopher', 'gopher://127.0.0.1:6379/_INFO'],
  ['a web socket', 'wss://8080-x.proxy.daytona.example/'],
  ['ftp', 'ftp://8080-x.proxy.daytona.example/'],
  ['nothing', ''],
];

describe('what is refused', () => {
  it('is a table that says enough', () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
    expect(new Set(HOSTILE.map(([, url]) => url)).size).toBe(HOSTILE.length);
  });

  it.each(HOSTILE)('%s', (_what, url) => {
    const verdict = allowTarget(url, ALLOWED);
    expect(verdict).toMatchObject({ ok: false });
    // The reason goes to whoever made the address.
    if (!verdict.ok && url.length > 10) expect(verdict.why).not.toContain(url);
  });

  it.each(HOSTILE)('%s, where nothing is allowed', (_what, url) => {
    expect(allowTarget(url, { origins: [], hosts: [] })).toMatchObject({ ok: false });
  });
});

it('lets nothing through that a parser of URLs reads as another place, whatever it is made of', () => {
  const pieces = [
    'https: http: HTTPS: / // \\ @ : . ? # %2e %40 %00 \t 。'.split(' '),
    '127.0.0.1 0x7f.1 [::1] 8787 443 8443 user xn--a x ß elsewhere.example'.split(' '),
    'api.machines.example host.example proxy.daytona.example .proxy.daytona.example'.split(' '),
    ALLOWED.origins,
  ].flat();
  const text = array(oneof(constantFrom(...pieces), string({ maxLength: 4, unit: 'binary' })), {
    maxLength: 9,
  }).map((parts) => parts.join(''));
  let passed = 0;
  assert(
    property(oneof(text, webUrl({ withFragments: true, withQueryParameters: true })), (url) => {
      if (!allowTarget(url, ALLOWED).ok) return;
      passed += 1;
      const { origin, hostname, protocol, port, username, password } = new URL(url);
      expect([username, password]).toEqual(['', '']);
      if (ALLOWED.origins.includes(origin)) return;
      expect([protocol, port]).toEqual(['https:', '']);
      expect(hostname).toMatch(/^(?:[a-z0-9-]+\.)*proxy\.daytona\.example$/);
    }),
    { numRuns: 20_000 },
  );
  // A text that begins like an address is made often enough for that to say something.
  expect(passed).toBeGreaterThan(50);
});

it('takes the origin of an address from settings, and nothing more of it', () => {
  expect(onlyOrigin('https://api.machines.example:443/v1')).toEqual({
    origins: ['https://api.machines.example'],
    hosts: [],
  });
});
