import { describe, expect, it } from 'vitest';
import { localEnvironment } from './local-environment.ts';

const STATE = { format: 2, analyticsPort: 8123, analyticsToken: 'abc-123_x.y' };

describe('localEnvironment', () => {
  it('leads to the SQL API of the local engine', () => {
    expect(localEnvironment(STATE)).toBe(
      'FETTLE_ANALYTICS_URL=http://127.0.0.1:8123/client/v4/accounts/00000000000000000000000000000000/analytics_engine/sql\n' +
        'FETTLE_ANALYTICS_TOKEN=abc-123_x.y\n',
    );
  });

  it.each([null, 'text', {}, { ...STATE, analyticsPort: '8123' }])(
    'names the port when it is missing: %j',
    (state) => {
      expect(() => localEnvironment(state)).toThrow('expected a port in analyticsPort');
    },
  );

  it.each([undefined, 1, '', 'a\nB=1', 'a b'])(
    'names the token when it is none, without repeating it: %j',
    (token) => {
      expect(() => localEnvironment({ ...STATE, analyticsToken: token })).toThrow(
        /^expected a token of letters.*analyticsToken$/,
      );
    },
  );
});
