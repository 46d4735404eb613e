import { describe, expect, test } from 'vitest';
import {
  attempt,
  collected,
  healthyMachine,
  incident,
  levelTry,
  machine,
  MACHINE_ID,
  MINUTE,
  pending,
  permit,
  permitRequest,
  policy,
  recovering,
  SECOND,
  sickMachine,
  T0,
} from '../testing/builders.ts';
import { decideOn, finish, LATER, NEVER, story } from '../testing/deciding.ts';
import type { Outcome } from './event.ts';
import { MOST_SENDS } from './on-finished.ts';
import type { Action, MachineRecord, MachineState } from './record.ts';

const NOW = T0 + 5 * SECOND;
const ID = `${MACHINE_ID}/40`;
const OK: Outcome = { ok: true };

function waitingFor(action: Action, overrides: Partial<MachineRecord> = {}): MachineRecord {
  return healthyMachine({ pending: pending(action, { nextSendAt: NOW + MINUTE }), ...overrides });
}

/** A machine on which a try of this level has been sent and not yet answered. */
function trying(level: 1 | 2 | 3, action: Action): MachineRecord {
  const tries = [levelTry({ level, outcome: 'running', reason: null, endedAt: null })];
  const state = recovering({
    incident: incident({ tries }),
    attempt: attempt({ level, dispatchedAt: null }),
    permit: permit(3),
  });
  return sickMachine({ state, pending: pending(action, { nextSendAt: NOW + MINUTE }) });
}

/** A machine that waits for a permit for level 3. */
function asking(overrides: Parameters<typeof recovering>[0] = {}): MachineRecord {
  const skips = [levelTry({ outcome: 'skipped' }), levelTry({ level: 2, outcome: 'skipped' })];
  const action = pending(permitRequest(3), { nextSendAt: NOW + MINUTE });
  const state = recovering({ incident: incident({ tries: skips }), ...overrides });
  return sickMachine({ state, pending: action });
}

const bricked = (step: 'stop' | 'copy', untilMs = MINUTE): MachineState => ({
  phase: 'bricked',
  since: T0,
  incident: incident({ outcome: 'bricked' }),
  salvage: { step, actionId: ID, until: T0 + untilMs },
});

describe('an outcome', () => {
  test('whose id is not the pending one changes nothing', () => {
    const record = waitingFor({ do: 'restart' });
    const late = decideOn(
      record,
      { type: 'finished', actionId: `${MACHINE_ID}/39`, outcome: NEVER },
      { now: NOW },
    );
    expect({ ...late.record, lastTickAt: record.lastTickAt }).toEqual(record);
  });

  test('that comes twice changes nothing the second time', () => {
    const record = waitingFor({ do: 'restart' });
    const once = finish(record, OK, { now: NOW });
    const event = { type: 'finished', actionId: ID, outcome: NEVER } as const;
    expect(decideOn(once.record, event, { now: NOW }).record).toEqual(once.record);
  });

  test('that was taken is followed by a look a second later', () => {
    const decision = finish(waitingFor({ do: 'restart' }), OK, { now: NOW });
    expect(decision.record.pending).toBeNull();
    expect(decision.wakeAt).toBe(NOW + SECOND);
  });
});

describe('what was taken is given time', () => {
  test.each<[Action, number]>([
    [{ do: 'create', restoreCopyId: null }, 5 * MINUTE],
    [{ do: 'start' }, 5 * MINUTE],
    [{ do: 'restart' }, 5 * MINUTE],
    [{ do: 'restart-services', names: ['web'] }, MINUTE],
    [{ do: 'apply-versions', refs: { customer: 'main' }, fresh: false }, MINUTE],
  ])('$do', (action, ms) => {
    expect(finish(waitingFor(action), OK, { now: NOW }).record.startGraceUntil).toBe(NOW + ms);
  });

  test.each<Action>([{ do: 'stop' }, { do: 'destroy' }, { do: 'copy' }])('$do needs none', (action) => {
    expect(finish(waitingFor(action), OK, { now: NOW }).record.startGraceUntil).toBe(0);
  });

  test('and never less than it had', () => {
    const record = waitingFor(
      { do: 'restart-services', names: ['web'] },
      { startGraceUntil: NOW + 4 * MINUTE },
    );
    expect(finish(record, OK, { now: NOW }).record.startGraceUntil).toBe(NOW + 4 * MINUTE);
  });
});

test('a change of versions that was taken is under way', () => {
  const record = waitingFor({ do: 'apply-versions', refs: { customer: 'main' }, fresh: false });
  expect(finish(record, OK, { now: NOW }).record.change).toEqual({ actionId: ID, startedAt: NOW });
});

test('a try counts from the moment its action was taken', () => {
  const { record } = finish(trying(1, { do: 'restart-services', names: ['web'] }), OK, { now: NOW });
  expect(record.state).toMatchObject({ attempt: { dispatchedAt: NOW } });
});

describe('an effect that may have happened', () => {
  const effects: Action[] = [
    { do: 'create', restoreCopyId: null },
    { do: 'start' },
    { do: 'stop' },
    { do: 'restart' },
    { do: 'destroy' },
    { do: 'restart-services', names: ['web'] },
    { do: 'apply-versions', refs: { customer: 'main' }, fresh: false },
  ];

  test.each(effects)('$do is sent again under its own id', (action) => {
    const record = waitingFor(action);
    expect(finish(record, LATER, { now: NOW }).record.pending).toEqual(record.pending);
  });

  test.each(effects)('$do is given up after so many sends', (action) => {
    const record = waitingFor(action, {
      pending: pending(action, { sends: MOST_SENDS, nextSendAt: NOW + MINUTE }),
    });
    const decision = finish(record, LATER, { now: NOW });
    expect(decision.record.pending).toBeNull();
    expect(story(decision)).toEqual([`${action.do} was not taken: out of reach`]);
  });

  test.each(effects)('$do that is refused for good is not repeated', (action) => {
    expect(finish(waitingFor(action), NEVER, { now: NOW }).record.pending).toBeNull();
  });
});

describe('a question, and the copy that is made every so often', () => {
  test.each<Action>([{ do: 'copy' }, { do: 'observe', depth: 'deep' }])(
    '$do holds nothing up: it is made anew later',
    (action) => {
      const decision = finish(waitingFor(action), LATER, { now: NOW });
      expect(decision.record.pending).toBeNull();
      expect(decision.record.state.phase).toBe('healthy');
    },
  );

  test('the next copy is due in its time', () => {
    const before = waitingFor({ do: 'copy' });
    const { record } = finish(before, NEVER, { now: NOW });
    expect(record.copy).toEqual(before.copy);
  });
});

describe('a permit', () => {
  const granted = (expiresAt: number): Outcome => ({ ok: true, permit: { granted: true, expiresAt } });

  test('that is granted lets the next level begin in the same run, and is used up by it', () => {
    const decision = finish(asking({ evidence: collected(3) }), granted(NOW + MINUTE), { now: NOW });
    expect(decision.actions).toMatchObject([{ do: 'restart' }]);
    expect(decision.record.state).toMatchObject({ permit: null });
  });

  test('that is granted for another step is not used', () => {
    const other = { ...asking(), pending: pending(permitRequest(2), { nextSendAt: NOW + MINUTE }) };
    const decision = finish(other, granted(NOW + MINUTE), { now: NOW });
    expect(decision.actions).toEqual([]);
    expect(decision.record.state).toMatchObject({ attempt: null });
  });

  test.each<[string, Outcome, string]>([
    [
      'is refused by the storm guard',
      { ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } },
      'storm-guard',
    ],
    [
      'is refused for mass absence',
      { ok: true, permit: { granted: false, reason: 'mass-absence', message: 'all gone' } },
      'mass-absence',
    ],
    [
      'is refused for a budget',
      { ok: true, permit: { granted: false, reason: 'project-budget', message: 'spent' } },
      'project-budget',
    ],
    ['is not answered', LATER, 'no-permit-answer'],
    ['is refused as a call', NEVER, 'no-permit-answer'],
    ['is answered by something else', OK, 'no-permit-answer'],
  ])('that %s holds recovery, and is asked for again after an interval', (_name, outcome, reason) => {
    const { record, actions } = finish(asking(), outcome, { now: NOW });
    expect(actions).toEqual([]);
    expect(record.state).toMatchObject({
      permit: null,
      askAgainAt: NOW + 30 * SECOND,
      incident: { held: { reason, since: NOW } },
    });
  });

  test('that has lapsed on arrival is not asked for again without a pause', () => {
    const { record, actions } = finish(asking(), granted(NOW), { now: NOW });
    expect(actions).toEqual([]);
    expect(record.state).toMatchObject({ askAgainAt: NOW + 30 * SECOND });
  });

  test('that is refused again is told once', () => {
    const no: Outcome = { ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } };
    const first = finish(asking(), no, { now: NOW });
    const again = { ...first.record, pending: asking().pending };
    expect(story(first)).toEqual(['held: a storm']);
    expect(finish(again, no, { now: NOW + SECOND }).facts).toEqual([]);
  });

  test('that arrives after recovery ended changes nothing', () => {
    const record = waitingFor(permitRequest(3));
    expect(finish(record, granted(NOW + MINUTE), { now: NOW }).record.state).toEqual(record.state);
    expect(finish(record, NEVER, { now: NOW }).record.state).toEqual(record.state);
  });
});

describe('a try whose action is not taken', () => {
  test.each<[string, Outcome, number, string]>([
    ['is refused', NEVER, 1, 'receiver-refused'],
    ['cannot be sent', LATER, MOST_SENDS, 'operation-failed'],
  ])('because it %s has failed', (_name, outcome, sends, reason) => {
    const record = trying(3, { do: 'restart' });
    const sent = { ...record, pending: pending({ do: 'restart' }, { sends, nextSendAt: NOW + MINUTE }) };
    const decision = finish(sent, outcome, { now: NOW });
    expect(decision.record.state).toMatchObject({
      attempt: null,
      incident: { tries: [{ level: 3, outcome: 'failed', reason, endedAt: NOW }] },
    });
    expect(story(decision).at(-1)).toMatch(/^level 3 failed: /);
  });

  test('is followed by a look before the next step is chosen: what was seen is older', () => {
    const decision = finish(trying(3, { do: 'restart' }), NEVER, { now: NOW });
    expect(decision.actions).toEqual([]);
    expect(decision.wakeAt).toBe(NOW + SECOND);
  });

  test('is not what the refusal of a person’s command is', () => {
    const record = trying(1, { do: 'restart' });
    const command = { ...record, pending: pending({ do: 'restart' }, { ref: { id: 'x/99', sequence: 99 } }) };
    const { state } = finish({ ...command, sequence: 99 }, NEVER, { now: NOW }).record;
    expect(state).toMatchObject({ attempt: { level: 1 }, incident: { tries: [{ outcome: 'running' }] } });
  });
});

describe('a creation', () => {
  const provisioning = machine({
    sequence: 40,
    state: { phase: 'provisioning', since: T0, actionId: ID },
    pending: pending({ do: 'create', restoreCopyId: null }, { sends: MOST_SENDS, nextSendAt: NOW + MINUTE }),
  });

  test('that is refused for good is an incident', () => {
    const { record } = finish(provisioning, NEVER, { now: NOW });
    expect(record.state).toMatchObject({
      phase: 'recovering',
      incident: { cause: [{ code: 'machine-gone', message: 'The machine could not be created: not that' }] },
    });
  });

  test('that cannot be asked for now is asked for again after a look', () => {
    const { record } = finish(provisioning, LATER, { now: NOW });
    expect(record.state).toEqual(provisioning.state);
    expect(record.pending).toMatchObject({ do: 'observe' });
  });
});

describe('the saving of data', () => {
  test('goes on without a stop that is refused', () => {
    const record = waitingFor({ do: 'stop' }, { state: bricked('stop') });
    const decision = finish(record, NEVER, { now: NOW });
    expect(decision.actions).toMatchObject([{ do: 'copy' }]);
  });

  test('ends without a copy that is refused, and the project is told', () => {
    const record = waitingFor({ do: 'copy' }, { state: bricked('copy') });
    const decision = finish(record, NEVER, { now: NOW });
    expect(decision.record.state).toMatchObject({ salvage: { step: 'done' } });
    expect(decision.messages).toMatchObject([{ message: { kind: 'bricked', copy: { copyId: 'copy-1' } } }]);
  });

  test('repeats a copy that may have been made', () => {
    const record = waitingFor({ do: 'copy' }, { state: bricked('copy') });
    expect(finish(record, LATER, { now: NOW }).record.pending).toEqual(record.pending);
  });

  test('asks for another copy while there is time, and not after that', () => {
    const spent = pending({ do: 'copy' }, { sends: MOST_SENDS, nextSendAt: NOW + MINUTE });
    const inTime = waitingFor({ do: 'copy' }, { state: bricked('copy'), pending: spent });
    expect(finish(inTime, LATER, { now: NOW }).actions).toMatchObject([
      { do: 'copy', ref: { sequence: 41 } },
    ]);
    const late = waitingFor({ do: 'copy' }, { state: bricked('copy', SECOND), pending: spent });
    expect(finish(late, LATER, { now: NOW }).record.state).toMatchObject({ salvage: { step: 'done' } });
  });
});

describe('a stop that is refused', () => {
  test.each<MachineState>([
    { phase: 'stopping', since: T0, actionId: ID },
    { phase: 'retired', since: T0, actionId: ID, settled: false },
  ])('is not asked for again before a look ($phase)', (state) => {
    const record = waitingFor(
      { do: 'stop' },
      { state, desired: state.phase === 'retired' ? 'retired' : 'stopped' },
    );
    const { actions, record: after } = finish(record, NEVER, { now: NOW, policy: policy() });
    expect(actions).toEqual([]);
    expect(after.state).toEqual(state);
  });
});
