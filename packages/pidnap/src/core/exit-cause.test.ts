import { describe, expect, it } from 'vitest';
import { exitCause } from './exit-cause.ts';

describe('exitCause', () => {
  it.each([
    [0, null, false, 'success', 'exited-zero', 'exited with code 0'],
    [0, null, true, 'success', 'exited-zero', 'exited with code 0'],
    [1, null, false, 'failure', 'exited-nonzero', 'exited with code 1'],
    [255, null, false, 'failure', 'exited-nonzero', 'exited with code 255'],
    [null, 'SIGSEGV', false, 'failure', 'killed-by-signal', 'killed by SIGSEGV'],
    [null, 'SIGKILL', true, 'failure', 'out-of-memory', 'killed by SIGKILL, out of memory'],
    [137, null, true, 'failure', 'out-of-memory', 'exited with code 137, out of memory'],
    [null, null, false, 'failure', 'exit-not-seen', 'ended, nobody saw how'],
    [null, null, true, 'failure', 'out-of-memory', 'ended, out of memory'],
  ] as const)(
    'code %s, signal %s, out of memory %s: %s because %s',
    (exitCode, signal, oomKilled, outcome, reason, message) => {
      expect(exitCause({ exitCode, signal, oomKilled })).toEqual({ outcome, reason, message });
    },
  );
});
