import type { VerdictCode } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  commit,
  copy,
  healthyMachine,
  incident,
  inspection,
  levelTry,
  lightObservation,
  machine,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  pending,
  policy,
  providerSays,
  providerSilent,
  SECOND,
  T0,
  verdict,
  versions,
  webDown,
} from '../testing/builders.ts';
import { decideOn, look, story } from '../testing/deciding.ts';
import type { MachineRecord, MachineState } from './record.ts';
import { snapshotsOf } from './span.ts';

const NOW = T0 + 30 * SECOND;
const AT = { now: NOW };
const startedAt = NOW - SECOND;
const HEALTHY = observation({ startedAt });
const DOWN = webDown({ startedAt });
const DARK = providerSilent(startedAt);

/** A record that is not due for another look in the same turn. */
function record(overrides: Partial<MachineRecord> = {}): MachineRecord {
  const healthy = healthyMachine();
  const check = { ...healthy.check, ...overrides.check, dueAt: NOW + MINUTE / 2 };
  return { ...healthy, ...overrides, check };
}

const failedTwice = { ...machine().check, failed: 2, firstFailedAt: T0 - MINUTE, lastFailedAt: T0 - SECOND };

describe('a look', () => {
  test('that nobody waits for changes nothing', () => {
    const before = record({
      pending: pending({ do: 'observe', depth: 'deep' }, { nextSendAt: NOW + SECOND }),
    });
    const event = { type: 'observed', actionId: `${MACHINE_ID}/39`, observation: DOWN } as const;
    const { record: after } = decideOn(before, event, AT);
    expect({ ...after, lastTickAt: before.lastTickAt }).toEqual(before);
  });

  test('does not answer another action that has its id', () => {
    const before = record({ pending: pending({ do: 'copy' }, { nextSendAt: NOW + SECOND }) });
    const event = { type: 'observed', actionId: `${MACHINE_ID}/40`, observation: DOWN } as const;
    expect(decideOn(before, event, AT).record.verdict).toEqual(before.verdict);
  });

  test('that took as long as a sleep says that we were away', () => {
    const slow = webDown({ startedAt: NOW - 10 * MINUTE });
    const decision = look(record(), slow, AT);
    expect(decision.record.state.phase).toBe('healthy');
    expect(decision.record.verdict).toMatchObject({
      health: 'unknown',
      findings: [{ code: 'just-returned' }, {}],
    });
  });

  test('that took as long as its deadlines allow does not', () => {
    const slow = webDown({ startedAt: NOW - 20 * SECOND });
    expect(look(record(), slow, AT).record.state.phase).toBe('suspect');
  });
});

describe('a healthy machine', () => {
  test('stays healthy', () => {
    const decision = look(record(), HEALTHY, AT);
    expect(decision.record.state).toEqual(record().state);
    expect(story(decision)).toEqual([]);
  });

  test('becomes suspect by one failed check, and says why', () => {
    const decision = look(record(), DOWN, AT);
    expect(decision.record.state).toEqual({ phase: 'suspect', since: NOW });
    expect(story(decision)).toEqual(['healthy -> suspect: web is failed (exit code 1)']);
  });

  test('is not touched by a look that could not tell', () => {
    expect(look(record({ report: null }), DARK, AT).record.state.phase).toBe('healthy');
  });

  test('goes to recovery without being suspect first when one check is enough', () => {
    const strict = policy({ check: { unhealthyAfter: 1 } });
    expect(look(record(), DOWN, { ...AT, policy: strict }).record.state.phase).toBe('recovering');
  });
});

describe('a suspect machine', () => {
  const suspect: MachineState = { phase: 'suspect', since: T0 - MINUTE };

  test('is healthy again by one look', () => {
    expect(look(record({ state: suspect, check: failedTwice }), HEALTHY, AT).record).toMatchObject({
      state: { phase: 'healthy' },
      check: { failed: 0, firstFailedAt: null },
    });
  });

  test('recovers from the third failed check on', () => {
    const decision = look(record({ state: suspect, check: failedTwice }), DOWN, AT);
    expect(decision.record).toMatchObject({
      incidents: 1,
      state: { phase: 'recovering', incident: { number: 1, firstFailedAt: T0 - MINUTE, openedAt: NOW } },
    });
    expect(decision.actions).toMatchObject([{ do: 'restart-services', names: ['web'] }]);
  });

  test('tells the project that it is sick', () => {
    const { messages } = look(record({ state: suspect, check: failedTwice }), DOWN, AT);
    expect(messages).toMatchObject([{ message: { kind: 'changed', phase: 'recovering', sick: true } }]);
  });

  test('stays suspect while checks are too close to each other to count', () => {
    const check = { ...failedTwice, lastFailedAt: NOW - 10 * SECOND };
    expect(look(record({ state: suspect, check }), DOWN, AT).record).toMatchObject({
      state: suspect,
      check: { failed: 2 },
    });
  });
});

test('a look that finds the path broken breaks a row of checks that failed by silence, which came the same way', () => {
  const suspect: MachineState = { phase: 'suspect', since: T0 - MINUTE };
  const silent = { ok: false, code: 'MACHINE_UNREACHABLE', message: 'no answer in 5000 ms' } as const;
  const broken = observation({
    startedAt,
    pidnap: silent,
    daemon: silent,
    routes: [{ service: 'web', ok: false, message: 'no answer in 5000 ms' }],
    inside: { ok: true, value: { pidnapAnswers: true } },
  });
  const after = (code: VerdictCode) =>
    look(record({ state: suspect, check: failedTwice, verdict: verdict('unhealthy', code) }), broken, AT)
      .record;
  const seen = after('service-not-answering');
  expect(seen).toMatchObject({ state: suspect, check: { failed: 0 }, diagnosis: { domain: 'network' } });
  expect(after('service-down').check.failed).toBe(2);
  const dark = look(record({ state: suspect, check: failedTwice, report: null }), DARK, AT).record;
  expect(dark.check.failed).toBe(2);
});

test('a silence that pidnap contradicts is kept as evidence, and takes nothing back that was counted', () => {
  const contradicted = observation({
    startedAt,
    routes: [{ service: 'web', ok: false, silent: true, message: 'No answer in time' }],
  });
  const suspect: MachineState = { phase: 'suspect', since: T0 - MINUTE };
  const earlier = verdict('unhealthy', 'service-not-answering');
  const before = record({ state: suspect, check: failedTwice, verdict: earlier });
  const after = look(before, contradicted, AT).record;
  expect(after).toMatchObject({ state: suspect, check: { failed: 2 }, diagnosis: { domain: 'network' } });
  expect(after.verdict?.health).toBe('unknown');
  expect(after.span?.found.evidence.routes).toEqual([{ service: 'web', ok: false, silent: true }]);
});

describe('just after we were away', () => {
  const back = { returnGraceUntil: NOW + MINUTE };

  test.each<MachineState>([
    { phase: 'starting', since: T0 },
    { phase: 'healthy', since: T0 },
    { phase: 'suspect', since: T0 },
    { phase: 'settling', since: T0, incident: incident() },
  ])('nothing is declared sick ($phase), and nothing is counted', (state) => {
    const { record: after } = look(record({ ...back, state, check: failedTwice }), DOWN, AT);
    expect(after.state.phase).toBe(state.phase);
    expect(after.check.failed).toBe(2);
    expect(after.verdict?.findings.map((one) => one.code)).toEqual(['just-returned', 'service-down']);
  });

  test('what is healthy is healthy', () => {
    expect(look(record(back), HEALTHY, AT).record.verdict).toEqual(verdict('healthy'));
  });

  test('until the time is over', () => {
    const over = { returnGraceUntil: NOW };
    expect(look(record(over), DOWN, AT).record.state.phase).toBe('suspect');
  });
});

describe('a settling machine', () => {
  const open = incident({
    tries: [levelTry({ outcome: 'healed', reason: 'healthy-again' })],
    healedAt: T0,
    healedBy: 1,
  });
  const settling = (since: number): MachineState => ({ phase: 'settling', since, incident: open });

  test.each([
    [59 * SECOND, 'settling'],
    [60 * SECOND, 'healthy'],
  ])('that has been healthy for %i ms is %s', (age, phase) => {
    expect(look(record({ state: settling(NOW - age) }), HEALTHY, AT).record.state.phase).toBe(phase);
  });

  test('closes its incident as healed', () => {
    const { facts } = look(record({ state: settling(NOW - MINUTE) }), HEALTHY, AT);
    expect(facts).toContainEqual({
      kind: 'incident',
      incident: { ...open, outcome: 'healed', closedAt: NOW },
    });
  });

  test.each([
    ['failed', DOWN],
    ['could not tell', DARK],
  ])('does not close it on a check that %s', (_name, seen) => {
    const before = record({ state: settling(NOW - 10 * MINUTE), report: null });
    expect(look(before, seen, AT).record.state.phase).toBe('settling');
  });

  test('that fails as often as opens an incident goes on with the one it has', () => {
    const decision = look(record({ state: settling(T0), check: failedTwice, incidents: 1 }), DOWN, AT);
    expect(decision.record).toMatchObject({
      incidents: 1,
      state: {
        phase: 'recovering',
        permit: null,
        incident: { tries: [{ reason: 'relapsed' }, { attempt: 2 }] },
      },
    });
    expect(story(decision)[0]).toBe('incident 1 goes on: web is failed (exit code 1)');
  });

  test('is not taken for relapsed by failures that were counted before and a look that could not tell', () => {
    const before = record({ state: settling(T0), check: { ...failedTwice, failed: 3 }, report: null });
    expect(look(before, DARK, AT).record.state.phase).toBe('settling');
  });
});

describe('a machine that is being stopped', () => {
  const stopping = record({
    desired: 'stopped',
    state: { phase: 'stopping', since: T0, actionId: `${MACHINE_ID}/39` },
  });
  const runs = (status: 'running' | 'done' | 'failed', id = `${MACHINE_ID}/39`) =>
    providerSays({ state: 'running', operation: operation(id, { status, kind: 'stop' }) }, startedAt);

  test.each(['stopped', 'absent'] as const)('has stopped when the provider says %s', (state) => {
    expect(look(stopping, providerSays({ state }, startedAt), AT).record.state.phase).toBe('stopped');
  });

  test('is waited for while the provider works on it', () => {
    expect(look(stopping, runs('running'), AT).actions).toEqual([]);
  });

  test.each([
    ['failed', runs('failed')],
    ['ended without effect', runs('done')],
    ['was lost', providerSays({ state: 'running' }, startedAt)],
    ['was overtaken', runs('done', `${MACHINE_ID}/12`)],
  ])('is stopped again when the stop %s', (_name, seen) => {
    expect(look(stopping, seen, AT).actions).toMatchObject([{ do: 'stop', ref: { sequence: 41 } }]);
  });

  test('is left alone while the provider is silent', () => {
    expect(look(stopping, DARK, AT).record.state).toEqual(stopping.state);
  });
});

describe('a machine that is meant to be down', () => {
  const stopped = record({ desired: 'stopped', state: { phase: 'stopped', since: T0 } });

  test('is stopped again when it runs', () => {
    const decision = look(stopped, providerSays({ state: 'running' }, startedAt), AT);
    expect(decision.actions).toMatchObject([{ do: 'stop' }]);
    expect(story(decision)).toContain('stopped -> stopping: it runs although it was stopped');
  });

  test.each(['stopped', 'absent', 'unknown'] as const)('is left alone when it is %s', (state) => {
    expect(look(stopped, providerSays({ state }, startedAt), AT).record.state).toEqual(stopped.state);
  });

  test('does not count against the versions on its disk', () => {
    const { ledger } = look(stopped, providerSays({ state: 'stopped' }, startedAt), AT).record;
    expect(ledger).toMatchObject([{ state: 'works', failedChecks: 0, healthySince: null }]);
  });

  test('follows its rhythm again as soon as it is stopped anew', () => {
    const far = { ...stopped, check: { ...stopped.check, dueAt: NOW + 5 * MINUTE } };
    const decision = look(far, providerSays({ state: 'running' }, startedAt), AT);
    expect(decision.record.check.dueAt).toBeLessThanOrEqual(NOW + SECOND);
  });
});

describe('what a look leaves behind', () => {
  test('the inspection, and what it says about ways into the machine', () => {
    const seen = observation({
      startedAt,
      pidnap: { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' },
    });
    expect(look(record(), seen, AT).record).toMatchObject({
      inspection: inspection(),
      evidence: { provider: 'running', diskPresent: true, pidnapAnswers: false },
      check: { completedAt: NOW },
    });
  });

  test('the last inspection stays when the provider is silent, and so does what is known of the disk', () => {
    expect(look(record(), DARK, AT).record).toMatchObject({
      inspection: inspection(),
      evidence: { provider: null, diskPresent: true, pidnapAnswers: null },
    });
  });

  test('a new copy, which is no news by itself', () => {
    const lastCopy = copy({ copyId: 'copy-2', bytes: 77 });
    const seen = lightObservation({ startedAt, provider: { ok: true, value: inspection({ lastCopy }) } });
    const first = look(record(), seen, AT);
    expect(first.record.copy.last).toEqual(lastCopy);
    expect(story(first)).toEqual([]);
  });

  test('a copy is not forgotten when the provider does not tell of it', () => {
    expect(look(record(), observation({ startedAt }), AT).record.copy.last).toEqual(copy());
  });

  test('a snapshot with the versions and the resources of the newest report', () => {
    const changed = observation({ startedAt, versions: versions({ customer: commit('c') }) });
    const { span } = look(record(), changed, AT).record;
    expect(span && snapshotsOf(span)).toMatchObject([
      { versions: { customer: commit('c') }, resources: { cpuPercent: 3 }, healthy: true },
    ]);
  });
});
