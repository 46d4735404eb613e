import { describe, expect, test } from 'vitest';
import type { Operation } from '@fettle/contract';
import {
  copy,
  healthyMachine,
  HOUR,
  incident,
  ledgerEntry,
  MACHINE_ID,
  MINUTE,
  operation,
  providerSays,
  providerSilent,
  SECOND,
  T0,
} from '../testing/builders.ts';
import { decideOn, look, story } from '../testing/deciding.ts';
import { isUnderWay, SALVAGE_COPY_MS } from './on-observed-given-up.ts';
import type { MachineRecord, Salvage } from './record.ts';

const NOW = T0 + 30 * SECOND;
const AT = { now: NOW };
const startedAt = NOW - SECOND;
const ID = `${MACHINE_ID}/39`;

function bricked(salvage: Partial<Salvage>, overrides: Partial<MachineRecord> = {}): MachineRecord {
  const healthy = healthyMachine();
  return healthyMachine({
    state: {
      phase: 'bricked',
      since: T0,
      incident: incident({ outcome: 'bricked' }),
      salvage: { step: 'stop', actionId: ID, until: T0 + 10 * MINUTE, ...salvage },
    },
    check: { ...healthy.check, dueAt: NOW + MINUTE },
    ...overrides,
  });
}

const works = (status: Operation['status'], id = ID) =>
  providerSays({ state: 'running', operation: operation(id, { status }) }, startedAt);

const notice = (record: MachineRecord) =>
  record.outbox.find((entry) => entry.message.kind === 'bricked')?.message;

describe('stopping a machine that was given up', () => {
  test.each<[string, ReturnType<typeof works>]>([
    ['it runs', works('running')],
    ['the provider works on something else', works('done', `${MACHINE_ID}/12`)],
    ['the provider is silent', providerSilent(startedAt)],
  ])('is waited for while %s', (_name, seen) => {
    expect(look(bricked({}), seen, AT).record.state).toEqual(bricked({}).state);
  });

  test.each(['done', 'failed'] as const)('is followed by the copy when it is %s', (status) => {
    const decision = look(bricked({}), works(status), AT);
    expect(decision.actions).toMatchObject([{ do: 'copy' }]);
    expect(decision.record.state).toMatchObject({ salvage: { step: 'copy', until: NOW + SALVAGE_COPY_MS } });
  });

  test('is not waited for longer than its time, also when the provider is silent', () => {
    expect(look(bricked({ until: NOW }), providerSilent(startedAt), AT).actions).toMatchObject([
      { do: 'copy' },
    ]);
  });
});

describe('copying what is left', () => {
  test('ends with the fresh copy, and the project is told of it', () => {
    const lastCopy = copy({ copyId: 'copy-9', takenAt: NOW });
    const seen = providerSays({ state: 'stopped', operation: operation(ID), lastCopy }, startedAt);
    const decision = look(bricked({ step: 'copy' }), seen, AT);
    expect(decision.record.state).toMatchObject({ salvage: { step: 'done' } });
    expect(notice(decision.record)).toEqual({
      kind: 'bricked',
      incident: incident({ outcome: 'bricked' }),
      copy: lastCopy,
      copyAgeMs: 0,
      image: ledgerEntry().versions.image,
      versions: { platform: ledgerEntry().versions.platform, customer: ledgerEntry().versions.customer },
    });
    expect(decision.messages).toMatchObject([{ message: { kind: 'bricked' } }]);
  });

  test.each<[string, Partial<Salvage>, ReturnType<typeof works>]>([
    ['failed', {}, works('failed')],
    ['did not end in its time', { until: NOW }, works('running')],
    ['could not be asked about in its time', { until: NOW }, providerSilent(startedAt)],
  ])('that %s leaves the newest older copy', (_name, salvage, seen) => {
    const decision = look(bricked({ step: 'copy', ...salvage }), seen, AT);
    expect(notice(decision.record)).toMatchObject({ copy: copy() });
    expect(story(decision)).toContain(
      'what is left on the disk could not be copied; an older copy has to do',
    );
  });

  test('is skipped when nothing is left on the disk', () => {
    const evidence = { provider: 'stopped', diskPresent: false, pidnapAnswers: null } as const;
    const seen = providerSays({ state: 'stopped', diskPresent: false }, startedAt);
    const decision = look(bricked({ actionId: null }, { evidence }), seen, AT);
    expect(decision.record.state).toMatchObject({ salvage: { step: 'done' } });
    expect(notice(decision.record)).toMatchObject({ copy: copy() });
  });
});

describe('what a replacement is to run', () => {
  const done = providerSays({ state: 'stopped', operation: operation(ID) }, startedAt);

  test('are the versions that the machine was asked for, when none has proven to work', () => {
    const record = bricked({ step: 'copy' }, { ledger: [], versions: null, report: null });
    expect(notice(look(record, done, AT).record)).toMatchObject({
      versions: { platform: 'main', customer: 'main' },
    });
  });
});

test('the project is told once', () => {
  const told = bricked({ step: 'done', actionId: null });
  expect(look(told, providerSilent(startedAt), AT).record.outbox).toEqual([]);
});

describe('a retired machine', () => {
  function retired(overrides: Partial<MachineRecord> = {}): MachineRecord {
    const healthy = healthyMachine();
    return healthyMachine({
      desired: 'retired',
      state: { phase: 'retired', since: T0, actionId: ID, settled: false },
      check: { ...healthy.check, dueAt: NOW + MINUTE },
      ...overrides,
    });
  }

  test.each(['stopped', 'absent'] as const)('is at rest when it is %s, and is looked at rarely', (state) => {
    const { record } = look(retired(), providerSays({ state }, startedAt), AT);
    expect(record.state).toMatchObject({ settled: true });
    const { wakeAt } = decideOn(record, { type: 'woke' }, { now: NOW + MINUTE });
    expect(wakeAt).toBe(NOW + 6 * MINUTE);
  });

  test('that runs although it was at rest is stopped again', () => {
    const state = { phase: 'retired', since: T0, actionId: ID, settled: true } as const;
    const decision = look(retired({ state }), providerSays({ state: 'running' }, startedAt), AT);
    expect(decision.record.state).toMatchObject({ settled: false });
    expect(decision.actions).toMatchObject([{ do: 'stop' }]);
  });

  test.each<[string, ReturnType<typeof works>]>([
    ['ended without effect', works('done')],
    ['failed', works('failed')],
    ['was lost', providerSays({ state: 'running' }, startedAt)],
  ])('is stopped again when the stop %s', (_name, seen) => {
    expect(look(retired(), seen, AT).actions).toMatchObject([{ do: 'stop' }]);
  });

  test('is waited for while the provider works on it', () => {
    expect(look(retired(), works('running'), AT).actions).toEqual([]);
  });

  test('goes on being watched while the provider is silent', () => {
    const decision = look(retired(), providerSilent(startedAt), AT);
    expect(decision.record.state).toEqual(retired().state);
    expect(decision.wakeAt).toBe(NOW + MINUTE);
  });

  test('that is to be destroyed is destroyed when nothing of it is left', () => {
    const record = retired({ desired: 'destroyed' });
    const gone = providerSays({ state: 'absent', diskPresent: false }, startedAt);
    const decision = look(record, gone, AT);
    expect(decision.record.state.phase).toBe('destroyed');
    expect(decision.messages).toMatchObject([{ message: { phase: 'destroyed', sick: false } }]);
  });

  test('is not destroyed as long as its disk is there', () => {
    const record = retired({ desired: 'destroyed' });
    const left = providerSays({ state: 'absent', diskPresent: true }, startedAt);
    expect(look(record, left, AT).actions).toMatchObject([{ do: 'destroy' }]);
  });
});

describe('isUnderWay', () => {
  test.each<[string, Operation | null, boolean]>([
    ['nothing', null, false],
    ['ours runs', operation(ID, { status: 'running' }), true],
    ['ours is done', operation(ID, { status: 'done' }), false],
    ['ours failed', operation(ID, { status: 'failed' }), false],
    ['another runs', operation(`${MACHINE_ID}/1`, { status: 'running' }), false],
  ])('%s: %s', (_name, given, expected) => {
    expect(isUnderWay(given, { actionId: ID, until: T0 + MINUTE }, T0)).toBe(expected);
  });

  test('not when it should have ended long ago: it was lost', () => {
    const runs = operation(ID, { status: 'running' });
    expect(isUnderWay(runs, { actionId: ID, until: T0 }, T0)).toBe(false);
    expect(isUnderWay(runs, { actionId: ID }, T0 + HOUR)).toBe(true);
  });
});
