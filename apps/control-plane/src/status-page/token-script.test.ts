import { expect, test } from 'vitest';
import { TOKEN_SCRIPT } from './token-script.ts';

const NAME = 'fettle-operator-token';

/** What the script does in a tab with this address and these things stored. */
function opened(hash: string, stored = new Map<string, string>(), isBlocked = false) {
  const tab = { location: { pathname: '/', search: '?a=1', hash }, addresses: [] as string[] };
  const history = {
    replaceState: (_state: unknown, _title: string, address: string) => {
      tab.addresses.push(address);
      tab.location.hash = '';
    },
  };
  const deny = () => {
    throw new Error('SecurityError');
  };
  const sessionStorage = {
    setItem: isBlocked ? deny : (name: string, value: string) => stored.set(name, value),
    getItem: isBlocked ? deny : (name: string) => stored.get(name) ?? null,
  };
  const takeToken = new Function(
    'location',
    'history',
    'sessionStorage',
    `${TOKEN_SCRIPT}; return takeToken;`,
  )(tab.location, history, sessionStorage) as () => string;
  return { tab, stored, takeToken };
}

test('a token is out of the address as soon as it was read, and no entry of the history has it', () => {
  const { tab, takeToken } = opened('#fop1.a.b%2Fc.d');
  expect(takeToken()).toBe('fop1.a.b/c.d');
  expect(tab.location.hash).toBe('');
  expect(tab.addresses).toEqual(['/?a=1']);
});

test('a reload has the token that the tab was opened with, until another one is shown', () => {
  const { stored, takeToken } = opened('#first');
  takeToken();
  expect(opened('', stored).takeToken()).toBe('first');
  expect(opened('#second', stored).takeToken()).toBe('second');
  expect([...stored]).toEqual([[NAME, 'second']]);
});

test('without a token in the address or the tab there is none, and the address stays as it is', () => {
  const { tab, takeToken } = opened('');
  expect(takeToken()).toBe('');
  expect(tab.addresses).toEqual([]);
});

test('a browser that stores nothing shows the fleet all the same, and what was typed wrong breaks nothing', () => {
  const { tab, takeToken } = opened('#token', new Map(), true);
  expect(takeToken()).toBe('token');
  expect(tab.location.hash).toBe('');
  expect(opened('#100%').takeToken()).toBe('100%');
});
