import { expect, test } from 'vitest';
import { errorCatalogue, errorMap } from './errors.ts';

const entries = Object.entries(errorCatalogue);

test('every code of the catalogue is one that procedures may answer', () => {
  expect(Object.keys(errorMap)).toEqual(Object.keys(errorCatalogue));
});

test.each(entries)('%s has a status of an error and a sentence for people', (_, { status, message }) => {
  expect(status).toBeGreaterThanOrEqual(400);
  expect(message).toMatch(/^[A-Z].*[^.]$/);
});

test('only what lies on our side or passes by itself is worth a retry', () => {
  const retryable = entries.filter(([, entry]) => entry.retryable);
  expect(retryable.every(([, { status }]) => status >= 500 || status === 429)).toBe(true);
});
