import type { DataCopy } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  collected,
  commit,
  copy,
  incident,
  inspection,
  ledgerEntry,
  levelTry,
  MINUTE,
  permit,
  recovering,
  SECOND,
  sickMachine,
  T0,
  versions,
} from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import type { Evidence, MachineRecord } from './record.ts';

const GONE: Evidence = { provider: 'absent', diskPresent: true, pidnapAnswers: null };
const skip = (level: 1 | 2 | 3) => levelTry({ level, attempt: 0, outcome: 'skipped' });

function wake(record: MachineRecord) {
  return decideOn(record, { type: 'woke' });
}

describe('giving up', () => {
  const tries = [skip(1), skip(2), skip(3)];

  function givingUp(overrides: Partial<MachineRecord> = {}): MachineRecord {
    return sickMachine({
      state: recovering({
        incident: incident({ tries }),
        permit: permit(4, { grantedAt: T0 - SECOND }),
        evidence: collected(4),
      }),
      evidence: GONE,
      inspection: inspection({ state: 'absent' }),
      commands: [],
      change: { actionId: 'x', startedAt: T0 },
      ...overrides,
    });
  }

  test('of a machine that is gone needs another look after leave was given', () => {
    const state = recovering({
      incident: incident({ tries }),
      permit: permit(4, { grantedAt: T0 }),
      evidence: collected(4),
    });
    expect(wake(givingUp({ state })).record.state.phase).toBe('recovering');
    expect(wake(givingUp()).record.state.phase).toBe('bricked');
  });

  test('needs a permit too', () => {
    const state = recovering({ incident: incident({ tries }) });
    expect(wake(givingUp({ state })).actions).toMatchObject([{ do: 'request-permit', level: 4 }]);
  });

  test('ends what was under way, and says so', () => {
    const { record, facts } = wake(givingUp());
    expect(record).toMatchObject({
      change: null,
      state: {
        phase: 'bricked',
        incident: { outcome: 'bricked', tries: [{}, {}, {}, { level: 4, outcome: 'running' }] },
      },
    });
    expect(facts.filter((fact) => fact.kind === 'incident')).toHaveLength(1);
  });

  test('copies at once what is left of a machine that is gone', () => {
    const { actions, record } = wake(givingUp());
    expect(actions).toMatchObject([{ do: 'copy' }]);
    expect(record.state).toMatchObject({ salvage: { step: 'copy', until: T0 + 2 * MINUTE } });
  });

  test('stops a machine that may still write before its data is copied', () => {
    const evidence: Evidence = { ...GONE, provider: 'running' };
    const { actions, record } = wake(givingUp({ evidence }));
    expect(actions).toMatchObject([{ do: 'stop' }]);
    expect(record.state).toMatchObject({ salvage: { step: 'stop', until: T0 + MINUTE } });
  });

  test('tells the project at once when nothing is left', () => {
    const { record } = wake(givingUp({ evidence: { ...GONE, diskPresent: false } }));
    expect(record.state).toMatchObject({ salvage: { step: 'done', actionId: null } });
    expect(record.outbox.map((entry) => entry.message.kind)).toEqual(['changed', 'bricked']);
  });

  test('falls back on the versions that last worked, with their image', () => {
    const last = versions({ customer: commit('e'), image: 'image-0' });
    const ledger = [ledgerEntry({ versions: last })];
    const { record } = wake(givingUp({ ledger, evidence: { ...GONE, diskPresent: false } }));
    expect(record.outbox.at(-1)).toMatchObject({
      message: { versions: { customer: commit('e') }, image: 'image-0' },
    });
  });

  test.each<[string, DataCopy | null, string | null, number | null]>([
    ['a new copy', copy({ takenAt: T0 - 15 * MINUTE }), null, 15 * MINUTE],
    [
      'an old one',
      copy({ takenAt: T0 - 40 * MINUTE }),
      'the newest copy of its data is 40 min old',
      40 * MINUTE,
    ],
    ['none', null, 'there is no copy of its data', null],
  ])('of a machine with %s says what would be lost', (_name, last, line, copyAgeMs) => {
    const evidence: Evidence = { ...GONE, diskPresent: false };
    const decision = wake(givingUp({ copy: { last, dueAt: T0 + MINUTE }, evidence }));
    const lines = story(decision).filter((one) => /copy of its data/.test(one));
    expect(lines).toEqual(line === null ? [] : [line]);
    expect(decision.record.outbox.at(-1)).toMatchObject({ message: { kind: 'bricked', copyAgeMs } });
  });
});
