import { operatorContract } from '@fettle/contract';
import { expect, test } from 'vitest';
import { queryInput } from './coerce-query.ts';

const { machines, metrics, services } = operatorContract;

test('text that reads as a number is one where a number is wanted', () => {
  expect(queryInput(machines.events, { machineId: 'demo.web-1.1', limit: '7', before: '17e2' })).toEqual({
    machineId: 'demo.web-1.1',
    limit: 7,
    before: 1700,
  });
  expect(queryInput(metrics.query, { name: 'latest', project: 'demo', lastMs: '60000' })).toMatchObject({
    lastMs: 60_000,
  });
});

test.each(['', ' 7', '0x7', '7n', 'Infinity', 'NaN', '07', '--1', 'seven'])(
  'the text %j stays text, and is refused as such',
  (limit) => expect(queryInput(machines.events, { limit })).toEqual({ limit }),
);

test('text stays text where text is wanted, and where nothing is known of the name', () => {
  const input = { machineId: '7', name: '5', tail: '3', other: '1', toString: '2' };
  expect(queryInput(services.logs, input)).toEqual({ ...input, tail: 3 });
});

test('a body says itself what is a number', () => {
  const input = { machineId: 'demo.web-1.1', command: ['true'], timeoutMs: '5' };
  expect(queryInput(machines.exec, input)).toBe(input);
});

test.each([undefined, null, 'text', 7])('an input that is %j is left to its schema', (input) => {
  expect(queryInput(machines.events, input)).toBe(input);
});
