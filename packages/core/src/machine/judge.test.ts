import { describe, expect, test } from 'vitest';
import {
  attempt,
  inspection,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  providerSilent,
  SECOND,
  service,
  T0,
  verdict,
  webDown,
} from '../testing/builders.ts';
import type { ChangeProgress, Observation } from './event.ts';
import { judgeAttempt } from './judge.ts';
import type { Attempt } from './record.ts';

const ID = `${MACHINE_ID}/40`;
const UNTIL = attempt().until;

function judge(
  tried: Partial<Attempt>,
  seen: Observation,
  health = verdict('healthy'),
  now = T0 + 10 * SECOND,
) {
  return judgeAttempt({ attempt: attempt(tried), observation: seen, verdict: health, now });
}

const after = (overrides: Partial<Observation> = {}) => observation({ startedAt: T0 + SECOND, ...overrides });
const sick = verdict('unhealthy', 'service-not-answering');

function provider(
  status: 'running' | 'done' | 'failed',
  id = ID,
  message = 'no space left',
): Partial<Observation> {
  const error = status === 'failed' ? { code: 'DISK_FULL', message } : null;
  return { provider: { ok: true, value: inspection({ operation: operation(id, { status, error }) }) } };
}

function change(...changes: ChangeProgress[]): Partial<Observation> {
  return { pidnap: { ok: true, value: { services: [service('web')], changes } } };
}

describe('what a look says about a try', () => {
  test('nothing, when the receiver has not taken the action', () => {
    expect(judge({ dispatchedAt: null }, after())).toEqual({ kind: 'wait' });
  });

  test.each([T0 - SECOND, T0])('nothing, when it began before the action was taken (%i)', (startedAt) => {
    expect(judge({ dispatchedAt: T0 }, observation({ startedAt }))).toEqual({ kind: 'wait' });
  });

  test('that it healed, when the machine is healthy in a look that began after it', () => {
    expect(judge({}, after())).toEqual({ kind: 'healed' });
  });

  test.each(['unhealthy', 'unknown'] as const)(
    'to wait, when the machine is %s and there is time',
    (health) => {
      expect(judge({}, after(), verdict(health, 'service-not-answering'))).toEqual({ kind: 'wait' });
    },
  );

  test.each([
    [UNTIL - 1, 'wait'],
    [UNTIL, 'failed'],
    [UNTIL + MINUTE, 'failed'],
  ])('that it failed, once its time is over (%i: %s)', (now, kind) => {
    expect(judge({}, after(), sick, now).kind).toBe(kind);
  });

  test('what is still wrong, when its time is over', () => {
    expect(judge({}, after(), sick, UNTIL)).toEqual({
      kind: 'failed',
      reason: 'still-unhealthy',
      message: 'service-not-answering!',
    });
    expect(judge({}, after(), verdict('unknown'), UNTIL)).toMatchObject({ message: 'Not healthy in time' });
  });

  test('that it failed, when its action was not even taken in its time', () => {
    expect(judge({ dispatchedAt: null }, after(), sick, UNTIL)).toMatchObject({ reason: 'still-unhealthy' });
  });

  test('that it healed even in the last moment', () => {
    expect(judge({}, after(), verdict('healthy'), UNTIL)).toEqual({ kind: 'healed' });
  });

  test('to wait, while the provider is silent', () => {
    expect(judge({ level: 3 }, providerSilent(T0 + SECOND), verdict('unknown', 'provider-unknown'))).toEqual({
      kind: 'wait',
    });
  });
});

describe('a restart of services (level 1)', () => {
  test('failed at once when pidnap has given the service up again', () => {
    const seen = webDown({ startedAt: T0 + SECOND });
    expect(judge({}, seen, verdict('unhealthy', 'service-down'))).toEqual({
      kind: 'failed',
      reason: 'service-gave-up-again',
      message: 'service-down!',
    });
  });

  test('failed at once when pidnap has given the daemon up again', () => {
    const down = [service('daemon', { state: 'failed' }), service('web')];
    const seen = after({ pidnap: { ok: true, value: { services: down, changes: [] } } });
    expect(judge({}, seen, verdict('unhealthy', 'daemon-down'))).toMatchObject({
      reason: 'service-gave-up-again',
    });
  });

  test('is waited for while the service is down but not given up', () => {
    const stopped = [service('web', { state: 'stopped' })];
    const seen = after({ pidnap: { ok: true, value: { services: stopped, changes: [] } } });
    expect(judge({}, seen, verdict('unhealthy', 'service-down'))).toEqual({ kind: 'wait' });
  });

  test('is waited for when pidnap is silent', () => {
    const seen = after({ pidnap: { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' } });
    expect(judge({}, seen, verdict('unhealthy', 'service-down'))).toEqual({ kind: 'wait' });
  });
});

describe('a change of versions (level 2)', () => {
  const level2 = { level: 2 } as const;

  test.each<[string, Observation]>([
    ['pidnap was not asked', after({ pidnap: null })],
    ['pidnap is silent', after({ pidnap: { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' } })],
    ['pidnap does not know it yet', after(change())],
    [
      'pidnap knows another one',
      after(change({ actionId: `${MACHINE_ID}/12`, status: 'done', message: '' })),
    ],
    ['it runs', after(change({ actionId: ID, status: 'running', message: '' }))],
  ])('is waited for, healthy or not, while %s', (_name, seen) => {
    expect(judge(level2, seen)).toEqual({ kind: 'wait' });
    expect(judge(level2, seen, sick, UNTIL)).toMatchObject({ kind: 'failed', reason: 'still-unhealthy' });
    expect(judge(level2, seen, undefined, UNTIL)).toEqual({ kind: 'healed' });
  });

  test('failed when pidnap says so, however healthy the machine is', () => {
    const seen = after(change({ actionId: ID, status: 'failed', message: 'npm ci ended with 1' }));
    expect(judge(level2, seen)).toEqual({
      kind: 'failed',
      reason: 'version-change-failed',
      message: 'npm ci ended with 1',
    });
  });

  test('healed when it is done and the machine is healthy', () => {
    expect(judge(level2, after(change({ actionId: ID, status: 'done', message: '' })))).toEqual({
      kind: 'healed',
    });
  });
});

describe('a rebuild from another image (level 2)', () => {
  const level2 = { level: 2 } as const;

  test('is waited for while the provider works on it, healthy or not', () => {
    expect(judge(level2, after(provider('running')))).toEqual({ kind: 'wait' });
    expect(judge(level2, after(provider('running')), sick)).toEqual({ kind: 'wait' });
  });

  test('failed when the provider says so', () => {
    expect(judge(level2, after(provider('failed')))).toEqual({
      kind: 'failed',
      reason: 'version-change-failed',
      message: 'no space left',
    });
  });

  test('healed when it is done and the machine is healthy, and not before', () => {
    expect(judge(level2, after(provider('done')), sick)).toEqual({ kind: 'wait' });
    expect(judge(level2, after(provider('done')))).toEqual({ kind: 'healed' });
  });
});

describe('a restart of the machine (level 3)', () => {
  const level3 = { level: 3 } as const;

  test.each<[string, Observation]>([
    ['the provider is silent', providerSilent(T0 + SECOND)],
    ['the provider works on something else', after(provider('done', `${MACHINE_ID}/12`))],
    ['the provider has not begun', after()],
    ['it runs', after(provider('running'))],
  ])('is waited for, healthy or not, while %s', (_name, seen) => {
    expect(judge(level3, seen)).toEqual({ kind: 'wait' });
    expect(judge(level3, seen, sick, UNTIL)).toMatchObject({ kind: 'failed', reason: 'still-unhealthy' });
    expect(judge(level3, seen, undefined, UNTIL)).toEqual({ kind: 'healed' });
  });

  test('failed when the provider says so', () => {
    expect(judge(level3, after(provider('failed')))).toEqual({
      kind: 'failed',
      reason: 'operation-failed',
      message: 'no space left',
    });
  });

  test('healed when it is done and the machine is healthy', () => {
    expect(judge(level3, after(provider('done')))).toEqual({ kind: 'healed' });
  });
});
