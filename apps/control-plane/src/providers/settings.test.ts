import { describe, expect, test } from 'vitest';
import { providerOf } from './provider-of.ts';
import { memoryJournal } from './journal.ts';
import { assertWholeProviders, providerSettings, type ProviderVariables } from './settings.ts';

const HOST = { FETTLE_HOST_URL: 'http://127.0.0.1:4000', FETTLE_HOST_TOKEN: 'host-secret' };
const CLOUD = {
  FETTLE_PUBLIC_URL: 'https://fettle.example',
  FETTLE_PLATFORM_REPOSITORY: 'https://git.example/platform.git',
  FETTLE_CUSTOMER_REPOSITORY: 'https://git.example/customer.git',
};
const DAYTONA = { ...CLOUD, FETTLE_DAYTONA_KEY: 'daytona-secret', FETTLE_DAYTONA_SNAPSHOT: 'fettle-1' };
const FLY = {
  ...CLOUD,
  FETTLE_FLY_TOKEN: 'fly-secret',
  FETTLE_FLY_APP: 'acme',
  FETTLE_FLY_IMAGE: 'fettle:1',
};

describe('settings of a provider', () => {
  test('are those of the variables, with the published addresses where none is set', () => {
    expect(providerSettings('daytona', DAYTONA)).toMatchObject({
      ok: true,
      settings: { FETTLE_DAYTONA_URL: 'https://app.daytona.io/api', FETTLE_DAYTONA_SNAPSHOT: 'fettle-1' },
    });
    expect(providerSettings('fly', FLY)).toMatchObject({
      ok: true,
      settings: { FETTLE_FLY_URL: 'https://api.machines.dev/v1' },
    });
  });

  test('name the hosts that Daytona may tell, as names', () => {
    const hosts = (list?: string) =>
      providerSettings('daytona', {
        ...DAYTONA,
        ...(list === undefined ? {} : { FETTLE_DAYTONA_PREVIEW_HOSTS: list }),
      });
    expect(hosts()).toMatchObject({
      settings: { FETTLE_DAYTONA_PREVIEW_HOSTS: expect.arrayContaining(['proxy.daytona.works']) },
    });
    expect(hosts(' Proxy.Acme.example, other.example')).toMatchObject({
      settings: { FETTLE_DAYTONA_PREVIEW_HOSTS: ['proxy.acme.example', 'other.example'] },
    });
    for (const wrong of ['10.0.0.1', 'localhost', 'https://proxy.example', '*.example', 'a.example,'])
      expect(hosts(wrong)).toMatchObject({ ok: false });
  });

  test('name every variable that is missing or wrong, and never a value', () => {
    const variables = { ...FLY, FETTLE_PUBLIC_URL: 'fly-secret', FETTLE_FLY_TOKEN: '' };
    expect(providerSettings('fly', variables)).toEqual({
      ok: false,
      wrong: ['FETTLE_FLY_TOKEN: expected a text', 'FETTLE_PUBLIC_URL: expected a URL'],
    });
    expect(providerSettings('daytona', { FETTLE_DAYTONA_KEY: 'daytona-secret' })).toEqual({
      ok: false,
      wrong: [
        'FETTLE_DAYTONA_SNAPSHOT is not set',
        'FETTLE_PUBLIC_URL is not set',
        'FETTLE_PLATFORM_REPOSITORY is not set',
        'FETTLE_CUSTOMER_REPOSITORY is not set',
      ],
    });
  });
});

describe('the providers of a deployment', () => {
  test.each<[string, ProviderVariables]>([
    ['a host of ours', HOST],
    ['a cloud alone', FLY],
    ['all of them', { ...HOST, ...DAYTONA, ...FLY }],
    ['a host, beside what only clouds share', { ...HOST, ...CLOUD }],
  ])('may be %s', (_, variables) => {
    expect(() => assertWholeProviders(variables)).not.toThrow();
  });

  test.each<[string, ProviderVariables, RegExp]>([
    ['none', {}, /No provider is configured/],
    ['what only clouds share', CLOUD, /No provider is configured/],
    [
      'half a host',
      { FETTLE_HOST_URL: HOST.FETTLE_HOST_URL },
      /local-docker is half.*FETTLE_HOST_TOKEN is not/,
    ],
    ['a host and half a cloud', { ...HOST, FETTLE_FLY_APP: 'acme' }, /fly is half.*FETTLE_FLY_TOKEN is not/],
    [
      'a cloud that nobody can report to',
      { ...DAYTONA, FETTLE_PUBLIC_URL: 'fettle' },
      /FETTLE_PUBLIC_URL: expec/,
    ],
    [
      'an edge without ports',
      { ...FLY, FETTLE_FLY_EDGE_URL: 'https://acme.fly.dev' },
      /FETTLE_FLY_EDGE_URL: expected \{port\}/,
    ],
    [
      'an edge that is no address',
      { ...FLY, FETTLE_FLY_EDGE_URL: 'acme.fly.dev:{port}' },
      /FETTLE_FLY_EDGE_URL: expected a URL/,
    ],
  ])('are not %s', (_, variables, message) => {
    expect(() => assertWholeProviders(variables)).toThrow(message);
  });
});

describe('the provider of a type', () => {
  const means = { journal: memoryJournal<unknown>(), timeoutMs: 1000 };

  test.each([
    ['local-docker', HOST],
    ['daytona', DAYTONA],
    ['fly', FLY],
  ] as const)('%s is made from its variables', (type, variables) => {
    expect(providerOf(type, variables, means).type).toBe(type);
  });

  test('that is not configured refuses everything with the reason, and knows nothing of a machine', async () => {
    const provider = providerOf('daytona', HOST, means);
    const refusal = {
      code: 'PROVIDER_FAILED',
      retryable: true,
      message: expect.stringContaining('FETTLE_DAYTONA_KEY is not set'),
    };
    await expect(provider.inspect('demo.web-1.1')).rejects.toMatchObject(refusal);
    await expect(provider.exec('demo.web-1.1', { command: ['true'], timeoutMs: 1 })).rejects.toMatchObject(
      refusal,
    );
    const { url, fetch } = provider.connect('demo.web-1.1', 'web');
    await expect(fetch(new Request(url))).rejects.toMatchObject(refusal);
  });
});
