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
    trouble: null,
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
  expect(text).toContain('provider     running (for 5s, abc, on host-1)');
  expect(text).toContain('last copy    c.1, 30s old, 148 bytes');
});

test('where the failure lies, why nothing is done, and how late the watching is, are told', () => {
  const held = { reason: 'not-the-machine' as const, message: 'The provider does not tell', since: T0 };
  const text = describeMachine(
    machineView({
      diagnosis: { domain: 'host', message: '3 of 3 machines of host-1 are out of reach' },
      incident: incident({ held }),
      tick: { lastAt: T0 - 2000, lagMs: 4, worstLagMs: 61_000 },
    }),
  );
  expect(text).toContain('where        host: 3 of 3 machines of host-1 are out of reach');
  expect(text).toContain('held since 09:00:00 (not-the-machine): The provider does not tell');
  expect(text).toContain('last tick    2s ago, 4 ms late, at worst 1m01s within the hour');
});

test('what is out of date is marked before anything else is said', () => {
  const [, second] = describeMachine(machineView({ stale: true })).split('\n');
  expect(second).toMatch(/^OUT OF DATE /);
});
