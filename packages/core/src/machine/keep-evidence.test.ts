import { describe, expect, test } from 'vitest';
import {
  commit,
  healthyMachine,
  inspection,
  lightObservation,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  report,
  SECOND,
  service,
  T0,
  versions,
  webDown,
} from '../testing/builders.ts';
import { look, story } from '../testing/deciding.ts';
import type { ChangeProgress, Observation } from './event.ts';
import type { MachineRecord } from './record.ts';

const NOW = T0 + 30 * SECOND;
const AT = { now: NOW };
const startedAt = NOW - SECOND;
const OLD = versions();
const NEW = versions({ customer: commit('c') });
const ID = `${MACHINE_ID}/39`;

function record(overrides: Partial<MachineRecord> = {}): MachineRecord {
  const healthy = healthyMachine();
  return { ...healthy, check: { ...healthy.check, dueAt: NOW + MINUTE / 2 }, ...overrides };
}

function reported(set: typeof OLD | null, receivedAt: number): Partial<MachineRecord> {
  return { report: { receivedAt, report: report({ versions: set }) } };
}

describe('the versions of a machine', () => {
  const light = lightObservation({ startedAt });
  const deep = (set: typeof OLD | null) => observation({ startedAt, versions: set });

  test.each<[string, Partial<MachineRecord>, Observation, typeof OLD | null]>([
    ['are what its disk says', { versions: OLD }, deep(NEW), NEW],
    [
      'are what its disk says, whatever the report said',
      { versions: OLD, ...reported(OLD, NOW) },
      deep(NEW),
      NEW,
    ],
    [
      'are what the report says when nobody else was asked',
      { versions: OLD, ...reported(NEW, NOW - SECOND) },
      light,
      NEW,
    ],
    [
      'are what the report says when the disk could not be read',
      { versions: OLD, ...reported(NEW, NOW - SECOND) },
      deep(null),
      NEW,
    ],
    ['are what was known when nobody tells', { versions: OLD, report: null }, light, OLD],
    [
      'are what was known when the report does not tell',
      { versions: OLD, ...reported(null, NOW) },
      light,
      OLD,
    ],
    ['are not known before anybody told', { versions: null, report: null }, light, null],
    [
      'are not what a report says that came before the disk was read',
      { versions: NEW, versionsToldAt: T0, ...reported(OLD, T0 - SECOND) },
      light,
      NEW,
    ],
    [
      'are not what a report says that came while the disk was read',
      { versions: NEW, versionsToldAt: T0, ...reported(OLD, T0) },
      light,
      NEW,
    ],
  ])('%s', (_name, before, seen, expected) => {
    expect(look(record(before), seen, AT).record.versions).toEqual(expected);
  });

  test('do not go back and forth after a change, when the last report is from before it', () => {
    const before = record({ versions: OLD, ...reported(OLD, T0) });
    const changed = look(before, observation({ startedAt, versions: NEW }), AT);
    const later = look(
      { ...changed.record, check: { ...changed.record.check, dueAt: NOW + MINUTE } },
      lightObservation({ startedAt: NOW + 20 * SECOND }),
      { now: NOW + 21 * SECOND },
    );
    expect(later.record.versions).toEqual(NEW);
    expect(story(later)).toEqual([]);
  });

  const onImage2 = { ok: true as const, value: inspection({ image: 'image-2' }) };

  test('have the image that the provider runs: a machine that does not start from it tells nothing', () => {
    const { record: after, facts } = look(record(), { ...light, provider: onImage2 }, AT);
    expect(after.versions).toEqual({ ...OLD, image: 'image-2' });
    expect(facts).toContainEqual(
      expect.objectContaining({
        event: expect.objectContaining({
          message: 'now runs image image-2, platform a000000, customer b000000',
        }),
      }),
    );
  });

  test('are left as they were told while a change is under way', () => {
    const changing = record({ change: { actionId: ID, startedAt: NOW } });
    expect(look(changing, { ...light, provider: onImage2 }, AT).record.versions).toEqual(OLD);
  });

  test('are known with the time when they were first seen', () => {
    const first = look(record(), deep(NEW), AT).record;
    expect(first.versionsSince).toBe(NOW);
    const check = { ...first.check, dueAt: NOW + MINUTE };
    const again = look({ ...first, check }, deep(NEW), { now: NOW + SECOND }).record;
    expect(again.versionsSince).toBe(NOW);
  });

  test('are told when they change', () => {
    expect(story(look(record(), deep(NEW), AT))).toEqual(['now runs platform a000000, customer c000000']);
    expect(story(look(record(), deep(OLD), AT))).toEqual([]);
  });

  test('are entered in the ledger', () => {
    expect(look(record(), deep(NEW), AT).record.ledger).toMatchObject([
      { versions: OLD, state: 'works', healthySince: null },
      { versions: NEW, state: 'unproven', healthySince: NOW, firstSeenAt: NOW },
    ]);
  });

  test('that fail a check have failed', () => {
    const { ledger } = look(record(), webDown({ startedAt }), AT).record;
    expect(ledger).toMatchObject([{ failedChecks: 1, healthySince: null, state: 'works' }]);
  });
});

describe('the services of a machine', () => {
  const down = [
    service('daemon'),
    service('web', { state: 'failed', exitCode: 1, pid: null, health: 'unhealthy' }),
  ];

  test('are those that pidnap tells', () => {
    expect(look(record(), webDown({ startedAt }), AT).record.observedServices).toEqual(down);
  });

  test('are those of the report when pidnap was not asked', () => {
    const told = { report: { receivedAt: NOW, report: report({ services: down }) } };
    expect(look(record(told), lightObservation({ startedAt }), AT).record.observedServices).toEqual(down);
  });

  test('stay as they were when nobody tells', () => {
    const before = record({ report: null });
    expect(look(before, lightObservation({ startedAt }), AT).record.observedServices).toEqual(
      before.observedServices,
    );
  });
});

describe('a change of versions that is under way', () => {
  const change = { actionId: ID, startedAt: T0 };

  function progress(status: ChangeProgress['status'], message = '', actionId = ID): Observation {
    const changes = [{ actionId, status, message }];
    return observation({
      startedAt,
      pidnap: { ok: true, value: { services: [service('daemon'), service('web')], changes } },
    });
  }

  test.each<[string, Observation]>([
    ['runs', progress('running')],
    ['is not known to pidnap yet', observation({ startedAt })],
    ['is another one', progress('done', '', `${MACHINE_ID}/12`)],
    [
      'cannot be asked about',
      observation({ startedAt, pidnap: { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' } }),
    ],
    ['was not asked about', lightObservation({ startedAt })],
  ])('is waited for while it %s', (_name, seen) => {
    expect(look(record({ change }), seen, AT).record.change).toEqual(change);
  });

  test.each<[ChangeProgress['status'], string, string]>([
    ['done', '', 'version change done'],
    ['failed', 'npm ci ended with 1', 'version change failed: npm ci ended with 1'],
  ])('is over when pidnap says %s', (status, message, told) => {
    const decision = look(record({ change }), progress(status, message), AT);
    expect(decision.record.change).toBeNull();
    expect(story(decision)).toContain(told);
  });

  test('is forgotten when it tells nothing for a quarter of an hour', () => {
    const old = { actionId: ID, startedAt: NOW - 15 * MINUTE - 1 };
    const decision = look(record({ change: old }), observation({ startedAt }), AT);
    expect(decision.record.change).toBeNull();
    expect(story(decision)).toContain('version change lost from sight');
  });
});

describe('the time that a start is given', () => {
  const given = { startGraceUntil: NOW + 5 * MINUTE };

  test('ends when the machine is seen healthy: from then on a fault is a fault', () => {
    expect(look(record(given), observation({ startedAt }), AT).record.startGraceUntil).toBe(0);
  });

  test.each<[string, Partial<MachineRecord>, Observation]>([
    ['the machine is not healthy yet', {}, webDown({ startedAt })],
    [
      'a change of versions is under way',
      { change: { actionId: ID, startedAt: T0 } },
      observation({ startedAt }),
    ],
    [
      'the provider works on it: it is healthy because it has not been restarted yet',
      {},
      observation({
        startedAt,
        provider: { ok: true, value: inspection({ operation: operation(ID, { status: 'running' }) }) },
      }),
    ],
    [
      'the provider is silent',
      {},
      observation({ startedAt, provider: { ok: false, code: 'HOST_UNREACHABLE', message: 'silent' } }),
    ],
  ])('goes on while %s', (_name, overrides, seen) => {
    expect(look(record({ ...given, ...overrides }), seen, AT).record.startGraceUntil).toBe(
      given.startGraceUntil,
    );
  });
});
