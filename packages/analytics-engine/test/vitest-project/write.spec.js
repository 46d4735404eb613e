import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';

it('writes data points from a test', () => {
  expect(env.POINTS.writeDataPoint({ doubles: [1] })).toBeUndefined();
  expect(() => env.POINTS.writeDataPoint({ indexes: ['a', 'b'] })).toThrow('Maximum of 1 indexes supported.');
});
