import type { ProviderState } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  machine,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  policy,
  providerSays,
  providerSilent,
  SECOND,
  T0,
} from '../testing/builders.ts';
import { look, story } from '../testing/deciding.ts';
import type { MachineRecord } from './record.ts';

const NOW = T0 + 30 * SECOND;
const AT = { now: NOW };
const ID = `${MACHINE_ID}/39`;

function provisioning(overrides: Partial<MachineRecord> = {}): MachineRecord {
  return machine({
    sequence: 40,
    state: { phase: 'provisioning', since: T0, actionId: ID },
    check: { ...machine().check, dueAt: NOW + MINUTE },
    ...overrides,
  });
}

function says(state: ProviderState, status: 'none' | 'running' | 'done' | 'failed', now = NOW) {
  const error = { code: 'DISK_FULL', message: 'no space left' };
  const ours = status === 'none' ? null : operation(ID, { kind: 'create', status, error });
  return providerSays({ state, operation: ours, diskPresent: false }, now - SECOND);
}

/** Phase and pending action after a look. */
function after(state: ProviderState, status: Parameters<typeof says>[1], now = NOW): string {
  const check = { ...machine().check, dueAt: now + MINUTE };
  const { record } = look(provisioning({ check }), says(state, status, now), { now });
  return record.pending === null ? record.state.phase : `${record.state.phase} > ${record.pending.do}`;
}

describe('a machine that is being created', () => {
  test.each<[ProviderState, Parameters<typeof says>[1], string]>([
    ['absent', 'running', 'provisioning'],
    ['creating', 'running', 'provisioning'],
    ['starting', 'running', 'provisioning'],
    ['running', 'running', 'starting'],
    ['running', 'done', 'starting'],
    ['running', 'none', 'starting'],
    ['stopped', 'done', 'starting'],
    ['starting', 'done', 'starting'],
    ['stopped', 'none', 'provisioning'],
    ['unknown', 'none', 'provisioning'],
    ['absent', 'none', 'provisioning > create'],
    ['absent', 'failed', 'recovering > request-permit'],
    ['stopped', 'failed', 'recovering > request-permit'],
    ['absent', 'done', 'recovering > request-permit'],
  ])('the provider says %s, and of the creation %s: %s', (state, status, expected) => {
    expect(after(state, status)).toBe(expected);
  });

  test('is waited for while the provider is silent', () => {
    expect(look(provisioning(), providerSilent(NOW - SECOND), AT).record.state).toEqual(provisioning().state);
  });

  test('is asked for again under a new id when the provider forgot it', () => {
    const { actions } = look(provisioning(), says('absent', 'none'), AT);
    expect(actions).toMatchObject([{ do: 'create', restoreCopyId: null, ref: { id: `${MACHINE_ID}/41` } }]);
  });

  test('is asked for again with the same copy', () => {
    const { actions } = look(provisioning({ restoreCopyId: 'copy-7' }), says('absent', 'none'), AT);
    expect(actions).toMatchObject([{ do: 'create', restoreCopyId: 'copy-7' }]);
  });

  test('says why it could not be created', () => {
    const { record } = look(provisioning(), says('absent', 'failed'), AT);
    expect(record.state).toMatchObject({
      incident: {
        cause: [{ code: 'machine-gone', message: 'The machine could not be created: no space left' }],
      },
    });
  });
});

describe('a creation that never ends', () => {
  const late = T0 + 15 * MINUTE;

  test.each<[number, string]>([
    [late - 1, 'provisioning'],
    [late, 'recovering > request-permit'],
  ])('is an incident after the time of level 4 (%i: %s)', (now, expected) => {
    expect(after('creating', 'running', now)).toBe(expected);
  });

  test('is not our own absence', () => {
    const record = provisioning({ returnGraceUntil: late + MINUTE });
    const { state } = look(record, says('creating', 'running', late), { now: late }).record;
    expect(state.phase).toBe('provisioning');
  });

  test('is not judged while the provider does not know', () => {
    expect(after('unknown', 'running', late)).toBe('provisioning');
  });

  test('is bounded also by a policy without level 4', () => {
    const short = policy({ ladder: [{ level: 1, attempts: 1, timeoutMs: 1000 }] });
    const now = T0 + 5 * MINUTE;
    const decision = look(provisioning(), says('creating', 'running', now), { now, policy: short });
    expect(decision.record.state.phase).toBe('recovering');
  });
});

describe('a machine that was created', () => {
  const counted = provisioning({
    check: { ...provisioning().check, failed: 5, gone: 5, firstFailedAt: T0, lastFailedAt: T0 },
  });

  test('starts without the failed checks of the time when it did not exist', () => {
    const { record } = look(counted, observation({ startedAt: NOW - SECOND }), AT);
    expect(record.check).toMatchObject({ failed: 0, gone: 0, firstFailedAt: null });
  });

  test('is given time from now on, however long its creation took', () => {
    const { record } = look(counted, says('running', 'done'), AT);
    expect(record.startGraceUntil).toBe(NOW + 5 * MINUTE);
  });

  test('is starting, and the project is told', () => {
    const decision = look(provisioning(), says('running', 'done'), AT);
    expect(story(decision)).toEqual(['provisioning -> starting: created']);
    expect(decision.messages).toMatchObject([{ message: { phase: 'starting', sick: false } }]);
  });
});
