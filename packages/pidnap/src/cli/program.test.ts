import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

const names = (first?: string): string[] => createProgram(first).commands.map((command) => command.name());

describe('the command line', () => {
  it('has every command, each in a group of the help', () => {
    expect(names()).toEqual([
      'init',
      'run',
      'check',
      'status',
      'history',
      'info',
      'logs',
      'events',
      'wait',
      'start',
      'stop',
      'restart',
      'signal',
      'add',
      'update',
      'remove',
      'reload',
    ]);
    for (const command of createProgram().commands) expect(command.helpGroup()).not.toBe('');
  });

  it.each(names())('has %s also when it is all that is asked for', (name) => {
    expect(names(name)).toContain(name);
    expect(names(name).length).toBeLessThan(names().length);
  });

  it('has every command when none of them comes first', () => {
    expect(names('--help')).toEqual(names());
    expect(names('nonsense')).toEqual(names());
  });
});
