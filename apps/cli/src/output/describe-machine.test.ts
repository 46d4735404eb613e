import { expect, test } from 'vitest';
import { T0, incident, levelTry, machineView } from '../../test/builders.ts';
import { describeMachine } from './describe-machine.ts';

test('a machine that is being repaired says what was found and what is tried', () => {
  const text = describeMachine(
    machineView({
      phase: 'recovering',
      verdict: {
        health: 'unhealthy',
        findings: [{ code: 'service-down', service: 'web', message: 'web is failed' }],
      },
      incident: incident({
        tries: [levelTry({ outcome: 'running', endedAt: null, message: 'restart web' })],
      }),
    }),
  );
  expect(text).toContain('phase        recovering for 1m00s, wanted: running');
  expect(text).toContain('service-down: web is failed');
  expect(text).toContain('level 1, try 1: running: restart web');
});

test('a machine of which nothing is known yet can be described', () => {
  const text = describeMachine(
    machineView({
      phase: 'new',
      verdict: null,
      versions: null,
      lastReportAt: null,
      lastCheckAt: null,
      nextWakeAt: null,
    }),
  );
  expect(text).toContain('health       not checked yet');
  expect(text).toContain('next never: nothing needs watching');
});

test('the newest copy is shown with its age and size', () => {
  const provider = {
    machineId: 'demo.web-1.1',
    state: 'running' as const,
    instanceId: 'abc',
    image: null,
    startedAt: T0 - 5000,
    exitCode: null,
    memoryKilled: false,
    diskPresent: true,
    operation: null,
    host: 'host-1',
    lastCopy: {
      copyId: 'c.1',
      machineId: 'demo.web-1.1',
      takenAt: T0 - 30_000,
      bytes: 148,
      sha256: 'a'.repeat(64),
    },
  };
  const text = describeMachine(machineView({ provider }));
  expect(text).toContain('provider     running (for 5s, abc)');
  expect(text).toContain('last copy    c.1, 30s old, 148 bytes');
});
