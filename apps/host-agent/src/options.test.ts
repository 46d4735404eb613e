import { describe, expect, it } from 'vitest';
import { HELP, parseCommand } from './options.ts';

const complete = [
  '--state',
  's',
  '--token-file',
  't',
  '--control-url',
  'http://127.0.0.1:1',
  '--repos',
  'r',
  '--image-dir',
  'i',
];

describe('the command line', () => {
  it('has defaults for what may be left out', () => {
    expect(parseCommand(['serve', ...complete])).toEqual({
      name: 'serve',
      options: {
        state: 's',
        tokenFile: 't',
        controlUrl: 'http://127.0.0.1:1',
        repos: 'r',
        imageDir: 'i',
        port: 0,
        backend: 'auto',
        exitWithStdin: false,
      },
    });
  });

  it.each([
    [[], 'a command is needed'],
    [['dance'], 'there is no command dance'],
    [['serve'], '--state is needed'],
    [['serve', ...complete, '--port', 'x'], '--port takes a number'],
    [['serve', ...complete, '--port', '70000'], '--port takes 0 to 65535'],
    [['serve', ...complete, '--backend', 'magic'], '--backend takes auto, docker or process'],
    [['serve', ...complete, '--host-id', 'No Good'], '--host-id takes lower-case letters, digits and dashes'],
    [['serve', ...complete.slice(0, 4), '--control-url', 'nowhere'], '--control-url takes a URL'],
    [['reset'], '--state is needed'],
    [['reset', 'serve'], 'one command at a time'],
  ])('%j is refused: %s', (args, message) => {
    expect(parseCommand(args)).toEqual({ name: 'wrong', message });
  });

  it('explains every option', () => {
    expect(parseCommand(['--help'])).toEqual({ name: 'help' });
    for (const option of [
      'state',
      'port',
      'backend',
      'control-url',
      'repos',
      'image-dir',
      'token-file',
      'host-id',
    ]) {
      expect(HELP).toContain(`--${option} `);
    }
  });
});
