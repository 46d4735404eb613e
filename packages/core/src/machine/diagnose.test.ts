import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '@fettle/contract';
import {
  commit,
  diagnosis,
  healthyMachine,
  ledgerEntry,
  lightObservation,
  MINUTE,
  observation,
  policy,
  providerSays,
  report,
  SECOND,
  service,
  serviceSpec,
  sickMachine,
  T0,
  versions,
  webDown,
} from '../testing/builders.ts';
import { diagnose, notTheMachine } from './diagnose.ts';
import type { Observation } from './event.ts';
import { evaluateHealth } from './health.ts';
import type { MachineRecord } from './record.ts';

const NOW = T0 + 2 * MINUTE;
const NO_REPORT = { report: null };
const ON_TIME = { report: { receivedAt: NOW - SECOND, report: report() } };
const CHANGED = versions({ customer: commit('c') });
const SILENT = { ok: false, code: 'MACHINE_UNREACHABLE', message: 'no answer in 5000 ms' } as const;
const LOST = { ok: false, code: 'HOST_UNREACHABLE', message: 'connection refused' } as const;

function judged(seen: Observation, overrides: Partial<MachineRecord> = NO_REPORT): Diagnosis | null {
  const record = healthyMachine(overrides);
  const given = { observation: seen, now: NOW, policy: policy() };
  return diagnose({ ...given, record, verdict: evaluateHealth({ ...record, noReportsUntil: 0, ...given }) });
}

const domain = (...given: Parameters<typeof judged>) => judged(...given)?.domain ?? null;

const daemonDown = observation({
  pidnap: {
    ok: true,
    value: { services: [service('daemon', { state: 'failed' }), service('web')], changes: [] },
  },
  daemon: SILENT,
});
const pidnapSilent = (overrides: Partial<Observation> = {}) =>
  observation({ routes: [], pidnap: SILENT, daemon: SILENT, ...overrides });
const inside = (pidnapAnswers: boolean) => ({ inside: { ok: true as const, value: { pidnapAnswers } } });

describe('a failure', () => {
  test('is none while the machine is healthy, whatever does not answer', () => {
    expect(judged(observation(), ON_TIME)).toBeNull();
    expect(judged(lightObservation({ provider: LOST }), ON_TIME)).toBeNull();
  });

  test('on the way is one as long as an incident is open, also while reports say that all is well', () => {
    const { state } = sickMachine();
    expect(domain(lightObservation({ provider: LOST }), { ...ON_TIME, state })).toBe('host');
    expect(domain(observation(), { ...ON_TIME, state })).toBeNull();
  });

  test.each<[string, Observation, Diagnosis['domain']]>([
    ['the host is out of reach', lightObservation({ provider: LOST }), 'host'],
    [
      'the provider answers with an error',
      lightObservation({ provider: { ok: false, code: 'PROVIDER_FAILED', message: 'quota' } }),
      'provider',
    ],
    [
      'the provider is too slow',
      lightObservation({ provider: { ...LOST, code: 'DEADLINE_EXCEEDED' } }),
      'provider',
    ],
    ['the provider does not know', providerSays({ state: 'unknown' }), 'provider'],
    ['the host is lost in the middle of the look', observation({ pidnap: LOST, daemon: LOST }), 'host'],
    ['the machine does not exist', providerSays({ state: 'absent' }), 'machine'],
    ['the machine is stopped', providerSays({ state: 'stopped', exitCode: 137 }), 'machine'],
    ['the machine is paused', providerSays({ state: 'paused' }), 'machine'],
    ['the machine starts for too long', providerSays({ state: 'starting' }), 'machine'],
    ['pidnap is silent, and nobody inside was asked', pidnapSilent(), 'machine'],
    ['pidnap is silent inside as well', pidnapSilent(inside(false)), 'machine'],
    ['nothing can be run inside', pidnapSilent({ inside: SILENT }), 'machine'],
    ['the host is lost when the witness is asked', pidnapSilent({ inside: LOST }), 'host'],
    ['pidnap answers inside', pidnapSilent(inside(true)), 'network'],
    [
      'pidnap answers inside, and garbage from here',
      observation({ pidnap: LOST, ...inside(true) }),
      'network',
    ],
    ['the daemon answers garbage', observation({ daemon: LOST }), 'service'],
    ['pidnap gave a service up', webDown(), 'service'],
    ['the daemon is down', daemonDown, 'service'],
    ['the daemon hangs', observation({ daemon: SILENT }), 'service'],
    ['nobody inside was asked, and no report has come', lightObservation(), 'unknown'],
  ])('%s: %s', (_name, seen, expected) => {
    expect(domain(seen)).toBe(expected);
  });

  test('lies on the way when reports arrive in time although nothing answers from here', () => {
    expect(domain(pidnapSilent(), ON_TIME)).toBe('network');
  });

  test('lies in the machine when its reports themselves say that pidnap is silent', () => {
    const told = { receivedAt: NOW - SECOND, report: report({ pidnapAnswers: false }) };
    expect(domain(pidnapSilent(), { report: told })).toBe('machine');
  });

  test('lies in the machine when its reports arrive and the witness inside finds pidnap silent', () => {
    expect(domain(pidnapSilent(inside(false)), ON_TIME)).toBe('machine');
  });

  const routeSilent = (...services: ReturnType<typeof service>[]) =>
    observation({
      routes: [{ service: 'web', ok: false, silent: true, message: 'No answer in time' }],
      pidnap: { ok: true, value: { services: [service('daemon'), ...services], changes: [] } },
    });

  test('lies on the way when a service is silent from here and pidnap says that it is healthy', () => {
    expect(judged(routeSilent(service('web')))).toEqual({
      domain: 'network',
      message: 'pidnap says that web is healthy, and web does not answer from here',
    });
  });

  test.each<[string, Observation]>([
    ['pidnap calls it unhealthy', routeSilent(service('web', { health: 'unhealthy' }))],
    ['pidnap has not checked it', routeSilent(service('web', { health: 'unknown' }))],
    ['it answers wrongly', observation({ routes: [{ service: 'web', ok: false, message: '502' }] })],
  ])('of a service that does not answer is its own when %s', (_name, seen) => {
    expect(domain(seen)).toBe('service');
  });

  test('of another service is not hidden by one that is silent from here and healthy inside', () => {
    const services = [serviceSpec(), serviceSpec({ name: 'api', port: 8081 })];
    const seen = routeSilent(service('web'), service('api', { state: 'failed' }));
    expect(domain(seen, { ...NO_REPORT, services })).toBe('service');
  });

  test('is ours just after we were away', () => {
    expect(domain(webDown(), { ...NO_REPORT, returnGraceUntil: NOW + 1 })).toBe('control-plane');
    expect(domain(webDown(), { ...NO_REPORT, returnGraceUntil: NOW })).toBe('service');
  });

  test('of the host is told also just after we were away', () => {
    expect(domain(lightObservation({ provider: LOST }), { ...NO_REPORT, returnGraceUntil: NOW + 1 })).toBe(
      'host',
    );
  });

  test.each(['stopped', 'bricked', 'retired'] as const)('is none of a machine that is %s', (phase) => {
    const state = { ...sickMachine().state, phase } as MachineRecord['state'];
    expect(judged(providerSays({ state: 'stopped' }), { ...NO_REPORT, state })).toBeNull();
  });

  test('that was known stays known while what was started is given time', () => {
    const known = diagnosis('service');
    const grace = { ...NO_REPORT, startGraceUntil: NOW + 1, diagnosis: known };
    expect(judged(providerSays({ state: 'starting' }), grace)).toBe(known);
    expect(judged(providerSays({ state: 'starting' }), { ...grace, diagnosis: null })).toBeNull();
  });

  test('is told by its evidence', () => {
    expect(judged(webDown())).toEqual({ domain: 'service', message: 'web is failed (exit code 1)' });
    expect(judged(lightObservation())?.message).toBe('Nothing tells where it lies (report-late)');
  });
});

describe('versions', () => {
  const changed = { ...NO_REPORT, versions: CHANGED, ledger: [ledgerEntry()] };

  test('are to blame when what went down runs from what was changed since the machine worked', () => {
    expect(judged(webDown(), changed)).toEqual({
      domain: 'version',
      message: 'web is failed (exit code 1); customer was changed from b000000, which worked, to c000000',
    });
  });

  test.each<[string, Observation, Partial<MachineRecord>]>([
    ['the other repository was changed', daemonDown, changed],
    ['nothing was changed', webDown(), { ...NO_REPORT, ledger: [ledgerEntry()] }],
    [
      'what runs has worked',
      webDown(),
      { ...changed, ledger: [ledgerEntry(), ledgerEntry({ versions: CHANGED })] },
    ],
    ['nothing is known to work', webDown(), { ...changed, ledger: [ledgerEntry({ state: 'unproven' })] }],
    ['nobody knows what runs', webDown(), { ...changed, versions: null }],
    [
      'the service is still there and hangs',
      observation({ routes: [{ service: 'web', ok: false, message: '502' }] }),
      changed,
    ],
  ])('are not to blame when %s', (_name, seen, overrides) => {
    expect(domain(seen, overrides)).toBe('service');
  });

  test('of the platform are to blame for the daemon', () => {
    const platform = versions({ platform: commit('d') });
    expect(domain(daemonDown, { ...changed, versions: platform })).toBe('version');
  });
});

test('only what lies in the machine lets recovery go on', () => {
  const held = (['host', 'provider', 'network', 'control-plane', 'unknown'] as const).map(
    (one) => notTheMachine(diagnosis(one))?.reason,
  );
  expect(new Set(held)).toEqual(new Set(['not-the-machine']));
  for (const one of ['service', 'version', 'machine'] as const)
    expect(notTheMachine(diagnosis(one))).toBeNull();
  expect(notTheMachine(null)).toBeNull();
});
