import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { readExecuted, shellCommand } from './shell-command.ts';

const SEPARATOR = '5f2c1d1e-separator';

/** What toolboxes do with a line: hand it to a shell, or split it at spaces outside quotes, without escapes. */
const TOOLBOXES = {
  'hands it to a shell': (line: string) => ['sh', '-c', line],
  'splits it at spaces and quotes': splitAtQuotes,
};

function splitAtQuotes(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (const char of line) {
    if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === quote) quote = '';
    else if (char === ' ' && quote === '') {
      if (word !== '') words.push(word);
      word = '';
    } else word += char;
  }
  return word === '' ? words : [...words, word];
}

function run([program = '', ...args]: string[]): Promise<{ exitCode: number; result: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: '/' }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ exitCode: typeof code === 'number' ? code : -1, result: stdout + stderr });
    });
  });
}

for (const [how, split] of Object.entries(TOOLBOXES)) {
  const execute = async (command: string[], disk = '/tmp') =>
    readExecuted(await run(split(shellCommand(command, SEPARATOR, disk))), SEPARATOR);

  it(`keeps outputs and exit code apart where the toolbox ${how}`, async () => {
    expect(await execute(['sh', '-c', 'printf out; printf err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out',
      stderr: 'err',
      timedOut: false,
    });
  });

  it(`hands arguments over as they are where the toolbox ${how}`, async () => {
    const awkward = ["it's", 'a "b" $HOME `id`', '', '  two  ', 'line\nbreak', 'ü→🙂', '\\', '-n'];
    const { stdout } = await execute(['printf', '<%s>', ...awkward]);
    expect(stdout).toBe(awkward.map((text) => `<${text}>`).join(''));
  });

  it(`runs in the disk where there is one, else where it is, where the toolbox ${how}`, async () => {
    expect((await execute(['pwd'])).stdout).toBe('/tmp\n');
    expect((await execute(['pwd'], '/no/such/disk')).stdout).toBe('/\n');
  });
}

it('takes an answer without the separator for what it is', () => {
  expect(readExecuted({ exitCode: 127, result: 'sh: not found' }, SEPARATOR)).toEqual({
    exitCode: 127,
    stdout: 'sh: not found',
    stderr: '',
    timedOut: false,
  });
});

it('hands on no more than 64 KiB of each', () => {
  const long = 'x'.repeat(100_000);
  const { stdout, stderr } = readExecuted(
    { exitCode: 0, result: `${long}\n${SEPARATOR}\n${long}` },
    SEPARATOR,
  );
  expect([stdout.length, stderr.length]).toEqual([65_536, 65_536]);
});
