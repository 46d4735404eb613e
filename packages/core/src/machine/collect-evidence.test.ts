import type { EvidenceBundle, Level, PolicyInput } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  collected,
  evidenceBundle,
  incident,
  levelTry,
  MACHINE_ID,
  MINUTE,
  observation,
  pending,
  permit,
  policy,
  providerSays,
  recovering,
  SECOND,
  sickMachine,
  T0,
  webDown,
} from '../testing/builders.ts';
import { decideOn, finish, LATER, look, NEVER, story } from '../testing/deciding.ts';
import { Scenario } from '../testing/scenario.ts';
import type { Outcome } from './event.ts';
import type { Action, MachineRecord } from './record.ts';

const NOW = T0 + 30 * SECOND;
const ID = `${MACHINE_ID}/40`;
const COLLECT: Action = { do: 'collect-evidence', incident: 1, level: 3 };
const { timeoutMs } = policy().evidence;
const UNTIL = T0 + timeoutMs + policy().check.callTimeoutMs;

const skip = (level: Level) => levelTry({ level, attempt: 0, outcome: 'skipped' });
const PASSED = [skip(1), skip(2)];

type Overrides = Parameters<typeof recovering>[0];

/** A machine whose next step is the first try of level 3, with leave for it. */
function beforeLevel3(overrides: Overrides = {}): MachineRecord {
  const state = recovering({ incident: incident({ tries: PASSED }), permit: permit(3), ...overrides });
  return sickMachine({ state });
}

/** The same, and evidence is being collected. */
function collecting(overrides: Partial<MachineRecord> = {}, sends = 1): MachineRecord {
  const state = beforeLevel3({ evidence: { level: 3, actionId: ID, until: UNTIL } }).state;
  return sickMachine({ state, pending: pending(COLLECT, { sends }), ...overrides });
}

function collectedAs(overrides: Partial<EvidenceBundle>): Outcome {
  return { ok: true, evidence: evidenceBundle(overrides) };
}

const wake = (record: MachineRecord, input: PolicyInput = {}, now = T0) =>
  decideOn(record, { type: 'woke' }, { now, policy: policy(input) });

describe('evidence is collected', () => {
  test('before the first try of a destructive level, once leave was given for it', () => {
    const { actions, record } = wake(beforeLevel3());
    expect(actions).toMatchObject([COLLECT]);
    expect(record.state).toMatchObject({ attempt: null, evidence: { level: 3, until: UNTIL } });
  });

  test('not before leave was given: it would be collected at every refusal', () => {
    expect(wake(beforeLevel3({ permit: null })).actions).toMatchObject([{ do: 'request-permit' }]);
  });

  test('of a machine that is gone as well, before it is given up', () => {
    const tries = [...PASSED, skip(3)];
    const leave = permit(4, { grantedAt: T0 - SECOND });
    const { state } = beforeLevel3({ incident: incident({ tries }), permit: leave });
    const gone = { provider: 'absent', diskPresent: false, pidnapAnswers: null } as const;
    expect(wake(sickMachine({ state, evidence: gone })).actions).toMatchObject([
      { do: 'collect-evidence', level: 4 },
    ]);
  });

  test.each<[string, Overrides, PolicyInput]>([
    [
      'the second try of a level',
      {
        incident: incident({ tries: [...PASSED, levelTry({ level: 3 })] }),
        permit: permit(3, { step: '1/3/2' }),
      },
      { ladder: [{ level: 3, attempts: 2, timeoutMs: MINUTE }] },
    ],
    ['a policy that wants none', {}, { evidence: { mode: 'off' } }],
    ['a policy that only watches', {}, { mode: 'shadow' }],
    ['a step that it was collected for already', { evidence: collected(3) }, {}],
  ])('not for %s', (_name, overrides, input) => {
    const { pending: next, state } = wake(beforeLevel3(overrides), input).record;
    expect(next?.do).not.toBe('collect-evidence');
    expect(state).toMatchObject({ attempt: { level: 3 }, evidence: null });
  });

  test('not for level 1, which destroys nothing', () => {
    expect(wake(sickMachine()).actions).toMatchObject([{ do: 'restart-services' }]);
  });
});

describe('what was collected', () => {
  test('is linked to the incident', () => {
    const { record, facts } = finish(collecting(), collectedAs({ id: '40' }), { now: NOW });
    expect(record.state).toMatchObject({ incident: { evidence: ['40'] } });
    expect(facts).toContainEqual({
      kind: 'incident',
      incident: expect.objectContaining({ evidence: ['40'] }),
    });
  });

  const saved = { repository: 'customer', base: 'a', commit: 'b', files: 3, bytes: 900 } as const;

  test.each<[Partial<EvidenceBundle>, string]>([
    [{}, 'evidence 17: 3 parts'],
    [{ parts: [{ part: 'provider.json', bytes: 1 }] }, 'evidence 17: 1 part'],
    [{ work: [saved] }, 'evidence 17: 3 parts, work of 3 files saved'],
    [{ work: [{ ...saved, files: 1 }] }, 'evidence 17: 3 parts, work of 1 file saved'],
    [{ work: [saved, saved] }, 'evidence 17: 3 parts, work of 6 files saved'],
    [
      { work: [saved], missing: [{ part: 'logs.txt', why: 'pidnap does not answer' }] },
      'evidence 17: 3 parts, work of 3 files saved; missing: logs.txt (pidnap does not answer)',
    ],
  ])('is told: %#', (overrides, line) => {
    expect(story(finish(collecting(), collectedAs(overrides), { now: NOW }))).toEqual([line]);
  });

  test('is followed by another look, on which the next step is chosen', () => {
    const now = T0 + 5 * SECOND;
    const { record, actions, wakeAt } = finish(collecting(), collectedAs({}), { now });
    expect(actions).toEqual([]);
    expect(record.state).toMatchObject({ attempt: null, evidence: { level: 3, actionId: null, until: now } });
    expect(wakeAt).toBe(now + 1);
  });

  test('and a look that finds the machine sick lets the level be tried', () => {
    const { record } = finish(collecting(), collectedAs({}), { now: NOW });
    const seen = webDown({ startedAt: NOW + 1 });
    expect(look(record, seen, { now: NOW + SECOND }).actions).toMatchObject([{ do: 'restart' }]);
  });

  test('and a look that finds it well ends recovery', () => {
    const { record } = finish(collecting(), collectedAs({}), { now: NOW });
    const { record: after } = look(record, observation({ startedAt: NOW + 1 }), { now: NOW + SECOND });
    expect(after.state.phase).toBe('settling');
    expect(after.pending).toBeNull();
  });

  test('need not be collected again when leave lapsed meanwhile', () => {
    const lapsed = beforeLevel3({ permit: permit(3, { expiresAt: T0 }), evidence: collected(3) });
    const asked = wake(lapsed).record;
    expect(asked.pending).toMatchObject({ do: 'request-permit', step: '1/3/1' });
    const granted: Outcome = { ok: true, permit: { granted: true, expiresAt: NOW + MINUTE } };
    expect(finish(asked, granted, { now: T0 }).actions).toMatchObject([{ do: 'restart' }]);
  });
});

describe('evidence that cannot be collected', () => {
  test('is told, and recovery goes on', () => {
    const decision = finish(collecting(), NEVER, { now: NOW });
    expect(story(decision)).toEqual(['evidence could not be collected: not that']);
    expect(decision.record.state).toMatchObject({ evidence: { actionId: null }, incident: { evidence: [] } });
    const seen = webDown({ startedAt: NOW + 1 });
    expect(look(decision.record, seen, { now: NOW + SECOND }).actions).toMatchObject([{ do: 'restart' }]);
  });

  test('is asked for once more', () => {
    const once = finish(collecting(), LATER, { now: T0 + SECOND / 2 });
    expect(story(once)).toEqual([]);
    const again = wake(once.record, {}, T0 + 2 * SECOND);
    expect(again.actions).toMatchObject([{ do: 'collect-evidence', ref: { id: ID }, sends: 2 }]);
    const twice = finish(again.record, LATER, { now: T0 + 2 * SECOND });
    expect(twice.record.pending).toBeNull();
    expect(story(twice)).toEqual(['evidence could not be collected: out of reach']);
  });

  test.each([1, 2])('is not waited for when it is late, after %i sends', (sends) => {
    expect(wake(collecting({}, sends), {}, UNTIL - 1).record.pending?.do).toBe(
      sends === 1 ? 'collect-evidence' : undefined,
    );
    const { record } = wake(collecting({}, sends), {}, UNTIL);
    expect(record.pending?.do).not.toBe('collect-evidence');
    expect(record.state).toMatchObject({ evidence: { actionId: null, until: UNTIL } });
  });

  test('is late as well when the clock went back', () => {
    const now = T0 - 10 * MINUTE;
    const { record } = wake(collecting(), {}, now);
    expect(record.state).toMatchObject({ evidence: { until: now + UNTIL - T0 } });
    const over = wake(beforeLevel3({ evidence: { ...collected(3)!, until: NOW } }), {}, now);
    expect(over.record.state).toMatchObject({ evidence: { until: now } });
  });
});

test('an outcome that comes after a person stopped the machine changes nothing', () => {
  const stopped = decideOn(collecting(), { type: 'commanded', by: null, command: { kind: 'stop' } }).record;
  const late = { type: 'finished', actionId: ID, outcome: collectedAs({}) } as const;
  expect(decideOn(stopped, late).record.state.phase).toBe('stopping');
});

describe('an incident', () => {
  test('has evidence of every destructive level that was tried, and of its end', () => {
    const s = Scenario.healthy();
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.levels.filter((line) => !line.includes('skipped')).map((line) => line[0])).toEqual([
      '1',
      '1',
      '3',
      '4',
    ]);
    expect(s.incidents.at(-1)?.evidence).toHaveLength(2);
    expect(s.sent.filter((one) => one !== 'copy')).toEqual([
      'restart web',
      'restart web',
      'request-permit',
      'collect-evidence',
      'restart',
      'request-permit',
      'collect-evidence',
      'stop',
    ]);
  });

  test('of a machine that vanished has what the control plane itself knows', () => {
    const s = Scenario.healthy();
    s.machine.vanish({ withDisk: true });
    s.runUntil('given up', () => s.told.some((message) => message.kind === 'bricked'));
    expect(s.incidents.at(-1)?.evidence).toHaveLength(1);
    expect(s.story.find((line) => line.startsWith('evidence '))).toContain(
      'missing: logs.txt (out of reach)',
    );
  });

  test('is no longer than it need be when evidence is refused', () => {
    const heal = (refuses: boolean): number => {
      const s = Scenario.healthy();
      if (refuses) s.machine.refuses.add('collect-evidence');
      s.machine.hung.add('pidnap');
      s.runUntil('settling', () => s.phase === 'settling');
      return s.now;
    };
    expect(heal(true)).toBe(heal(false));
  });

  test('that goes on after its success did not settle collects for the next level only', () => {
    const s = Scenario.healthy();
    s.machine.hung.add('pidnap');
    s.runUntil('settling', () => s.phase === 'settling');
    s.machine.ruined = true;
    s.machine.fail('web');
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.levels.slice(-2)).toEqual(['3 failed relapsed', '4 running']);
    expect(s.incidents.at(-1)?.evidence).toHaveLength(2);
  });
});

test('a look that was made while evidence was collected is too old to act on', () => {
  const { state } = beforeLevel3({ evidence: { level: 3, actionId: null, until: T0 } });
  const check = { ...sickMachine().check, completedAt: T0, dueAt: T0 + MINUTE };
  expect(wake(sickMachine({ state, check })).actions).toEqual([]);
  const gone = providerSays({ state: 'stopped' }, T0 + SECOND);
  expect(look(sickMachine({ state, check }), gone, { now: NOW }).actions).toMatchObject([{ do: 'restart' }]);
});
