import { ServiceStatus } from '@fettle/contract';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { serviceStatus, serviceStatuses, type ProcessFacts } from './service-status.ts';

const T0 = 1_700_000_000_000;

function processView(overrides: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    name: 'web',
    state: 'running',
    message: 'runs as pid 42',
    health: { status: 'healthy', message: '200' },
    pid: 42,
    restarts: 2,
    exitCode: 1,
    signal: null,
    startedAt: T0,
    ...overrides,
  };
}

test('a process under pidnap is told as a service of the contract', () => {
  const status = serviceStatus(processView());
  expect(v.is(ServiceStatus, status)).toBe(true);
  expect(status).toEqual({
    name: 'web',
    state: 'running',
    health: 'healthy',
    restarts: 2,
    pid: 42,
    exitCode: 1,
    signal: null,
    startedAt: T0,
    reason: 'runs as pid 42',
  });
});

test('a sick service says what its health check found', () => {
  const health = { status: 'unhealthy' as const, failures: 3, checkedAt: T0, message: 'status 500' };
  expect(serviceStatus(processView({ health })).reason).toBe('runs as pid 42; status 500');
});

test('a long reason is cut to what a report takes', () => {
  const status = serviceStatus(processView({ message: 'x'.repeat(2000) }));
  expect(v.is(ServiceStatus, status)).toBe(true);
});

test('version tasks are no services, the daemon is one', () => {
  const views = ['checkout', 'apply-3', 'daemon', 'web', 'Not_a_service'].map((name) =>
    processView({ name }),
  );
  expect(serviceStatuses(views).map(({ name }) => name)).toEqual(['daemon', 'web']);
});

test('a report never holds more services than the contract takes', () => {
  const views = Array.from({ length: 100 }, (_, index) => processView({ name: `s${index}` }));
  expect(serviceStatuses(views)).toHaveLength(64);
});
