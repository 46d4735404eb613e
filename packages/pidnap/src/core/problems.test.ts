import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { PidnapConfig } from '../contract/config.ts';
import { describeIssues } from './problems.ts';

function problems(config: unknown): string[] {
  const result = v.safeParse(PidnapConfig, config);
  return result.success ? [] : describeIssues(result.issues, PidnapConfig);
}
const web = (change: object): object => ({
  stateDir: '/s',
  processes: { web: { command: ['server'], cwd: '/srv', ...change } },
});

describe('describeIssues', () => {
  it.each([
    [
      null,
      '(the whole document): expected an object with stateDir, listen, leftovers, exitWith, markerEnv, processes, got null',
    ],
    [{}, 'stateDir: this field is required'],
    [{ stateDir: 'here' }, 'stateDir: expected an absolute path, got "here"'],
    [{ stateDir: '/s', proceses: {} }, 'proceses: this field is not known; did you mean "processes"?'],
    [
      { stateDir: '/s', processes: [] },
      'processes: expected an object: name -> process definition, got an empty list',
    ],
    [
      { stateDir: '/s', listen: { tcp: { port: 70_000, tokenFile: '/t' } } },
      'listen.tcp.port: expected a whole number from 0 to 65535, got 70000',
    ],
    [
      { stateDir: '/s', listen: { tcp: { port: 1 } } },
      'listen.tcp: expected tokenFile, or keysFile with audience, got an object',
    ],
    [
      { stateDir: '/s', listen: { tcp: { port: 1, tokenFile: '/t', keysFile: '/k', audience: 'a' } } },
      'listen.tcp: expected tokenFile, or keysFile with audience, got an object',
    ],
    [
      { stateDir: '/s', listen: { tcp: { port: 1, keysFile: 'k', audience: 'a' } } },
      'listen.tcp.keysFile: expected an absolute path, got "k"',
    ],
    [
      { stateDir: '/s', listen: { tcp: { port: 1, keyFile: '/k' } } },
      'listen.tcp.keyFile: this field is not known; did you mean "keysFile"?',
    ],
    [
      { stateDir: '/s', processes: { 'a/b': { command: ['x'], cwd: '/' } } },
      'processes.a/b: expected a process name: 1 to 64 letters, digits, "_", "." or "-", beginning with a letter or digit, got "a/b"',
    ],
    [web({ command: [] }), 'processes.web.command: expected at least the program, got an empty list'],
    [web({ command: [''] }), 'processes.web.command.0: expected a non-empty string, got ""'],
    [
      web({ command: 7 }),
      'processes.web.command: expected a list of strings (the program and its arguments) or a text for the shell, got 7',
    ],
    [web({ command: ['server', 1] }), 'processes.web.command.1: expected a string, got 1'],
    [web({ cwd: 'srv' }), 'processes.web.cwd: expected an absolute path, got "srv"'],
    [web({ cwd: undefined }), 'processes.web.cwd: this field is required'],
    [
      web({ restart: 'sometimes' }),
      'processes.web.restart: expected one of "always", "on-failure", "on-success", "unless-stopped", "never", got "sometimes"',
    ],
    [
      web({ stop: { graceMs: '5s' } }),
      'processes.web.stop.graceMs: expected a whole number of milliseconds from 0 to 3600000, got "5s"',
    ],
    [
      web({ stop: { signal: 'TERM' } }),
      'processes.web.stop.signal: expected a signal name such as "SIGTERM", got "TERM"',
    ],
    [
      web({ stop: { grace: 5 } }),
      'processes.web.stop.grace: this field is not known; did you mean "graceMs"?',
    ],
    [
      web({ backoff: { factor: 0.5 } }),
      'processes.web.backoff.factor: expected a number from 1 to 10, got 0.5',
    ],
    [web({ backoff: { jitter: 2 } }), 'processes.web.backoff.jitter: expected a share from 0 to 1, got 2'],
    [
      web({ budget: { maxRestarts: 1.5 } }),
      'processes.web.budget.maxRestarts: expected a whole number from 0 to 1000, got 1.5',
    ],
    [
      web({ dependsOn: ['db'] }),
      'processes.web.dependsOn.0: expected an object with process, condition, whenLost, whenFailed, got "db"',
    ],
    [
      web({ dependsOn: [{ process: 'db', condition: 'ready' }] }),
      'processes.web.dependsOn.0.condition: expected one of "started", "healthy", "completed", got "ready"',
    ],
    [
      web({ health: { kind: 'smell' } }),
      'processes.web.health.kind: expected a health check whose kind is "http", "tcp", "command", "log" or "heartbeat", got "smell"',
    ],
    [
      web({ health: { kind: 'http', url: 'ftp://x/' } }),
      'processes.web.health.url: expected an http or https URL, got "ftp://x/"',
    ],
    [web({ health: { kind: 'tcp' } }), 'processes.web.health.port: this field is required'],
    [
      web({ logs: { maxBytes: 1 } }),
      'processes.web.logs.maxBytes: expected a whole number from 4096 to 1073741824, got 1',
    ],
    [
      web({ inheritEnv: ['A B'] }),
      'processes.web.inheritEnv.0: expected the name of an environment variable, got "A B"',
    ],
  ])('%j: %s', (config, sentence) => {
    expect(problems(config)).toEqual([sentence]);
  });

  it.each([
    [{ comand: ['x'] }, 'processes.web.comand: this field is not known; did you mean "command"?'],
    [{ depends_on: [] }, 'processes.web.depends_on: this field is not known; did you mean "dependsOn"?'],
    [{ colour: 'red' }, 'processes.web.colour: this field is not known'],
    [
      { backoff: { initial: 1 } },
      'processes.web.backoff.initial: this field is not known; did you mean "initialMs"?',
    ],
    [
      { budget: { maxRestart: 1 } },
      'processes.web.budget.maxRestart: this field is not known; did you mean "maxRestarts"?',
    ],
    [
      { dependsOn: [{ process: 'a' }, { process: 'b', whenlost: 'keep' }] },
      'processes.web.dependsOn.1.whenlost: this field is not known; did you mean "whenLost"?',
    ],
    [
      { envFiles: [{ path: '/a', require: true }] },
      'processes.web.envFiles.0.require: this field is not known; did you mean "required"?',
    ],
    [
      { health: { kind: 'http', url: 'http://a/', timeout: 1 } },
      'processes.web.health.timeout: this field is not known; did you mean "timeoutMs"?',
    ],
    // `url` is a field of another kind of check.
    [{ health: { kind: 'tcp', port: 1, urls: 'x' } }, 'processes.web.health.urls: this field is not known'],
  ])('%j: %s', (change, sentence) => {
    expect(problems(web(change))).toEqual([sentence]);
  });

  it('repeats no more than the beginning of a long value', () => {
    const [problem] = problems(web({ restart: 'x'.repeat(1000) }));
    expect(problem?.length).toBeLessThan(250);
  });

  it('never repeats the value of a variable', () => {
    expect(problems(web({ env: 'TOKEN=secret' }))).toEqual([expect.not.stringContaining('secret')]);
    expect(problems(web({ env: { 'A B': 'secret' } }))).toEqual([expect.not.stringContaining('secret')]);
    expect(problems(web({ env: { TOKEN: 12_345 } }))).toEqual([
      'processes.web.env.TOKEN: expected a string, got a number (put it in quotes)',
    ]);
  });

  it('lists every problem at once', () => {
    expect(problems(web({ cwd: 1, restart: 2, stop: { graceMs: -1 } }))).toHaveLength(3);
  });

  it('finds nothing wrong with the smallest configuration, and fills in the documented defaults', () => {
    const { processes, markerEnv, listen } = v.parse(
      PidnapConfig,
      web({ health: { kind: 'tcp', port: 80 } }),
    );
    expect(markerEnv).toEqual(['FETTLE_MACHINE_ID']);
    expect(listen).toEqual({});
    expect(processes['web']).toEqual({
      command: ['server'],
      cwd: '/srv',
      env: {},
      envFiles: [],
      inheritEnv: [],
      restart: 'always',
      autostart: true,
      backoff: { kind: 'exponential', initialMs: 1000, factor: 2, maxMs: 10_000, jitter: 0.1 },
      crashLoop: null,
      budget: { maxRestarts: 5, withinMs: 60_000 },
      minUptimeMs: 10_000,
      stop: { signal: 'SIGTERM', graceMs: 5000 },
      dependsOn: [],
      health: {
        kind: 'tcp',
        host: '127.0.0.1',
        port: 80,
        intervalMs: 10_000,
        startIntervalMs: 500,
        timeoutMs: 5000,
        startPeriodMs: 60_000,
        retries: 3,
      },
      forwardSignals: [],
      logs: { maxBytes: 5_242_880, files: 4 },
    });
  });
});
