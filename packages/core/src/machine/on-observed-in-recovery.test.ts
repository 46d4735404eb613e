import { describe, expect, test } from 'vitest';
import {
  attempt,
  commit,
  incident,
  inspection,
  ledgerEntry,
  levelTry,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  permit,
  policy,
  providerSays,
  providerSilent,
  recovering,
  SECOND,
  service,
  sickMachine,
  T0,
  versions,
  webDown,
} from '../testing/builders.ts';
import { look, story } from '../testing/deciding.ts';
import type { Attempt, MachineRecord } from './record.ts';

const NOW = T0 + 30 * SECOND;
const AT = { now: NOW };
const startedAt = NOW - SECOND;
const BAD = versions({ customer: commit('bad') });
const PERMIT = permit(3);

function trying(tried: Partial<Attempt> = {}, overrides: Partial<MachineRecord> = {}): MachineRecord {
  const { level } = attempt(tried);
  const tries = [levelTry({ level, outcome: 'running', reason: null, endedAt: null })];
  const sick = sickMachine();
  return sickMachine({
    state: recovering({ incident: incident({ tries }), attempt: attempt(tried), permit: PERMIT }),
    check: { ...sick.check, dueAt: NOW + MINUTE },
    ...overrides,
  });
}

/** Nothing is being tried: recovery waits for leave to act. */
function waiting(tries = [levelTry({ outcome: 'skipped' })]): MachineRecord {
  const sick = sickMachine();
  const state = recovering({ incident: incident({ tries }), askAgainAt: NOW + MINUTE });
  return sickMachine({ state, check: { ...sick.check, dueAt: NOW + MINUTE } });
}

describe('a machine that gets well', () => {
  test('by a level settles, with that level to thank', () => {
    const decision = look(trying(), observation({ startedAt }), AT);
    expect(decision.record.state).toMatchObject({
      phase: 'settling',
      incident: {
        healedAt: NOW,
        healedBy: 1,
        tries: [{ outcome: 'healed', reason: 'healthy-again', endedAt: NOW }],
      },
    });
    expect(story(decision)).toEqual(['level 1 healed the machine', 'recovering -> settling: healthy again']);
  });

  test('by itself settles, with nobody to thank', () => {
    expect(look(waiting(), observation({ startedAt }), AT).record.state).toMatchObject({
      phase: 'settling',
      incident: { healedBy: 0 },
    });
  });

  test('after a try that had been given up settles, with that try to thank', () => {
    expect(look(waiting([levelTry()]), observation({ startedAt }), AT).record.state).toMatchObject({
      phase: 'settling',
      incident: { healedBy: 1, tries: [{ outcome: 'failed' }] },
    });
  });

  test('is no longer sick for the project', () => {
    const { messages } = look(trying(), observation({ startedAt }), AT);
    expect(messages).toMatchObject([{ message: { phase: 'settling', sick: false } }]);
  });
});

describe('a try', () => {
  test('that is not over yet is waited for', () => {
    const decision = look(trying(), webDown({ startedAt: T0 }), AT);
    expect(decision.record.state).toMatchObject({
      attempt: attempt(),
      incident: { tries: [{ outcome: 'running' }] },
    });
    expect(decision.actions).toEqual([]);
  });

  test('that failed is followed by the next one in the same turn', () => {
    const decision = look(trying(), webDown({ startedAt }), AT);
    expect(decision.record.state).toMatchObject({
      phase: 'recovering',
      incident: {
        tries: [
          { outcome: 'failed', reason: 'service-gave-up-again' },
          { attempt: 2, outcome: 'running' },
        ],
      },
      attempt: { level: 1, startedAt: NOW },
    });
    expect(decision.actions).toMatchObject([{ do: 'restart-services' }]);
  });

  test('does not fail while the host is out of reach, and gets that time back', () => {
    const dark = look(trying({ until: NOW + SECOND }, { report: null }), providerSilent(startedAt), AT);
    expect(dark.actions).toEqual([]);
    expect(dark.record.state).toMatchObject({
      attempt: { until: NOW + SECOND },
      incident: { tries: [{ outcome: 'running' }], held: { reason: 'not-the-machine', since: NOW } },
    });
    const later = NOW + 10 * MINUTE;
    const starting = observation({
      startedAt: later,
      pidnap: {
        ok: true,
        value: { services: [service('daemon'), service('web', { state: 'starting' })], changes: [] },
      },
    });
    const back = look(dark.record, starting, { now: later });
    expect(back.record.state).toMatchObject({
      attempt: { until: NOW + SECOND + 10 * MINUTE },
      incident: { held: null },
    });
    expect(story(back)).toContain('goes on after 600 s');
  });

  test('that was only watched is over when the policy acts, also while the host is out of reach', () => {
    const tries = [levelTry({ outcome: 'shadow', reason: 'shadow-mode', endedAt: null })];
    const state = recovering({ incident: incident({ tries }), attempt: attempt({ actionId: null }) });
    const watched = trying({}, { state, report: null });
    const still = look(watched, providerSilent(startedAt), { ...AT, policy: policy({ mode: 'shadow' }) });
    expect(still.record.state).toMatchObject({ attempt: { actionId: null } });
    const over = look(watched, providerSilent(startedAt), AT);
    expect(over.actions).toEqual([]);
    expect(over.record.state).toMatchObject({
      attempt: null,
      incident: { tries: [{ outcome: 'shadow', endedAt: NOW }], held: { reason: 'not-the-machine' } },
    });
  });

  test('whose machine vanished under it ends in a wish to give up', () => {
    const gone = providerSays({ state: 'absent', diskPresent: false }, startedAt);
    const decision = look(trying({ until: NOW }), gone, AT);
    expect(decision.record.state).toMatchObject({ phase: 'recovering', attempt: null });
    expect(decision.actions).toMatchObject([{ do: 'request-permit', level: 4, gone: true }]);
  });
});

describe('a rollback that healed', () => {
  const actionId = `${MACHINE_ID}/39`;
  const done = observation({
    startedAt,
    pidnap: {
      ok: true,
      value: {
        services: [service('daemon'), service('web')],
        changes: [{ actionId, status: 'done', message: '' }],
      },
    },
  });
  const ledger = [ledgerEntry(), ledgerEntry({ versions: BAD, state: 'unproven' })];

  test('proves the versions it left to be broken', () => {
    const before = trying({ level: 2, actionId, from: BAD }, { versions: BAD, ledger });
    expect(look(before, done, AT).record.ledger).toMatchObject([
      { versions: BAD, state: 'broken' },
      { versions: versions(), state: 'works' },
    ]);
  });

  test('to the same versions, freshly checked out, blames nobody', () => {
    const before = trying({ level: 2, actionId, from: versions() }, { ledger });
    expect(look(before, done, AT).record.ledger.map((entry) => entry.state)).toEqual(['unproven', 'works']);
  });

  test('from nobody knows what blames nobody', () => {
    const before = trying({ level: 2, actionId, from: null }, { versions: null, ledger });
    expect(look(before, done, AT).record.ledger.map((entry) => entry.state)).toEqual(['unproven', 'works']);
  });

  test('blames versions for nothing that another level healed', () => {
    const seen = observation({
      startedAt,
      provider: { ok: true, value: inspection({ operation: operation(actionId) }) },
    });
    const before = trying({ level: 3, actionId, from: BAD }, { versions: BAD, ledger });
    expect(look(before, seen, AT).record.ledger.map((entry) => entry.state)).not.toContain('broken');
  });
});
