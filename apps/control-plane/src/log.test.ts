import { afterEach, expect, test, vi } from 'vitest';
import { machineToken } from '../test/credentials.ts';
import { forRequest, log } from './log.ts';

afterEach(() => vi.restoreAllMocks());

function lines(): string[] {
  const told: string[] = [];
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void told.push(line));
  return told;
}

test('no credential of anybody gets into a line, wherever it comes from', async () => {
  const told = lines();
  const machine = await machineToken('demo.web-1.1');
  const operator = `fop1.aaaaaaaaaaaa.${'S'.repeat(43)}.${'C'.repeat(43)}`;
  const secrets = [machine, operator, 'hunter2-in-a-url'];
  const cause = new Error(`fetch https://git:hunter2-in-a-url@github.com/acme/app.git failed`);
  log.info(`authorization: Bearer ${machine}`);
  log.warn('not taken', new Error(`token ${operator}`, { cause }));
  log.error('failed', { authorization: `Bearer ${operator}` });
  expect(told).toHaveLength(3);
  for (const secret of secrets) expect(told.join('\n')).not.toContain(secret);
  expect(told[1]).toContain('caused by');
});

test('what is logged for a request names it, and what is logged beside it does not', async () => {
  const told = lines();
  await forRequest('request-1234', async () => {
    await Promise.resolve();
    log.warn('inside');
  });
  log.warn('outside');
  expect(told).toEqual(['[request-1234] inside', 'outside']);
});

test('an error that is its own reason is told, and told to an end', () => {
  const told = lines();
  const error = new Error('round and round');
  error.cause = error;
  log.warn('odd', error);
  expect(told[0]?.match(/caused by/g)).toHaveLength(8);
});
