import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { count, interval, port, startCommand, startOptions, type StartOptions } from './options.ts';

function parse(...args: string[]): StartOptions {
  const command = startCommand().action(() => undefined);
  command.parse(args, { from: 'user' });
  return startOptions(command);
}

test('left alone, a start takes the remembered port and whatever backend there is', () => {
  expect(parse()).toEqual({
    state: '.fettle',
    port: null,
    backend: 'auto',
    provider: null,
    slots: 3,
    checkMs: null,
    json: false,
    exitWhenHealthy: false,
    healthyWithinMs: 180_000,
  });
});

test('every option is understood', () => {
  const args = [
    '--port',
    '0',
    '--backend',
    'process',
    '--provider',
    'fly',
    '--slots',
    '5',
    '--check-interval',
    '2.5',
    '--state',
    'x',
  ];
  expect(parse(...args, '--json', '--exit-when-healthy', '--healthy-within', '60')).toEqual({
    state: 'x',
    port: 0,
    backend: 'process',
    provider: 'fly',
    slots: 5,
    checkMs: 2500,
    json: true,
    exitWhenHealthy: true,
    healthyWithinMs: 60_000,
  });
});

test.each(['', '-1', '65536', '80.5', 'http', ' 80', '1e3'])('"%s" is no port', (text) => {
  expect(() => port(text)).toThrow(InvalidArgumentError);
});

test.each(['', ' ', '0', '0.4', '601', 'soon'])('"%s" is no check interval', (text) => {
  expect(() => interval(text)).toThrow('Expected seconds from 0.5 to 600.');
});

test('bounds of a count belong to it', () => {
  expect(count(1, 20)('20')).toBe(20);
  expect(() => count(1, 20)('21')).toThrow('Expected a whole number from 1 to 20.');
});
