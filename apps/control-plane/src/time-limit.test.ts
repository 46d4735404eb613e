import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withTimeLimit } from './time-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('work that ends in time leaves no timer behind', async () => {
  expect(await withTimeLimit(5000, async () => 'done')).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

test('work that fails leaves none either, and fails as it did', async () => {
  await expect(withTimeLimit(5000, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(vi.getTimerCount()).toBe(0);
});

test('work that takes too long is told to stop, as by a timeout', async () => {
  const work = withTimeLimit(
    5000,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const outcome = work.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(5000);
  expect(await outcome).toMatchObject({ name: 'TimeoutError' });
});
