import type { ProviderState, ServiceState } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  HOUR,
  inspection,
  lightObservation,
  MINUTE,
  observation,
  policy,
  providerSays,
  providerSilent,
  report,
  SECOND,
  service,
  serviceSpec,
  T0,
} from '../testing/builders.ts';
import type { Observation } from './event.ts';
import { evaluateHealth, isReportLate, knownServices, type HealthInput } from './health.ts';

const IN_GRACE = { startGraceUntil: T0 + MINUTE };

function input(seen: Observation, overrides: Partial<HealthInput> = {}): HealthInput {
  return {
    observation: seen,
    services: [serviceSpec()],
    report: { receivedAt: T0, report: report() },
    startGraceUntil: 0,
    noReportsUntil: 0,
    now: T0,
    policy: policy(),
    ...overrides,
  };
}

/** A verdict in one line: `unhealthy: web service-down`. */
function judged(seen: Observation, overrides: Partial<HealthInput> = {}): string {
  const { health, findings } = evaluateHealth(input(seen, overrides));
  const told = findings.map((one) => (one.service === null ? one.code : `${one.service} ${one.code}`));
  return told.length === 0 ? health : `${health}: ${told.join(', ')}`;
}

function pidnapSays(...services: ReturnType<typeof service>[]): Pick<Observation, 'pidnap'> {
  return { pidnap: { ok: true, value: { services, changes: [] } } };
}

const SILENT = { ok: false, code: 'MACHINE_UNREACHABLE', message: 'no answer in 5000 ms' } as const;
const LATE = { report: { receivedAt: T0 - 76 * SECOND, report: report() } };
const NEVER = { report: null };

describe('a machine on which all is well', () => {
  test('is healthy in a deep look and in a light one', () => {
    expect(judged(observation())).toBe('healthy');
    expect(judged(lightObservation())).toBe('healthy');
  });

  test('is healthy without route probes', () => {
    expect(judged(observation({ routes: [] }))).toBe('healthy');
  });

  test('is healthy with a service that the project does not ask for and that is down', () => {
    const seen = pidnapSays(service('daemon'), service('web'), service('old', { state: 'failed' }));
    expect(judged(observation(seen))).toBe('healthy');
  });
});

describe('what the provider says', () => {
  test.each<[ProviderState, string, string]>([
    ['absent', 'unhealthy: machine-gone', 'unhealthy: machine-gone'],
    ['stopped', 'unhealthy: machine-stopped', 'unhealthy: machine-stopped'],
    ['paused', 'unhealthy: machine-paused', 'unhealthy: machine-paused'],
    ['creating', 'unknown: starting', 'unhealthy: starting'],
    ['starting', 'unknown: starting', 'unhealthy: starting'],
    ['stopping', 'unknown: starting', 'unhealthy: starting'],
    ['unknown', 'unknown: provider-unknown', 'unknown: provider-unknown'],
  ])('%s means %s while it is given time, and %s after that', (state, inGrace, after) => {
    expect(judged(providerSays({ state }), IN_GRACE)).toBe(inGrace);
    expect(judged(providerSays({ state }))).toBe(after);
  });

  test('tells how a machine stopped', () => {
    const messages = [
      providerSays({ state: 'stopped' }),
      providerSays({ state: 'stopped', exitCode: 137 }),
      providerSays({ state: 'stopped', exitCode: 137, memoryKilled: true }),
    ].map((seen) => evaluateHealth(input(seen)).findings[0]?.message);
    expect(messages).toEqual([
      'The machine is stopped',
      'The machine stopped with exit code 137',
      'The machine stopped: its memory ran out',
    ]);
  });

  test('beats what a report says: a machine that is gone reports no more', () => {
    expect(judged(providerSays({ state: 'absent' }))).toBe('unhealthy: machine-gone');
  });
});

describe('a provider that does not answer', () => {
  test('leaves the newest report to speak', () => {
    expect(judged(providerSilent())).toBe('healthy: provider-unknown');
  });

  test('does not hide a service that the report says is down', () => {
    const services = [service('daemon'), service('web', { state: 'failed', exitCode: 1 })];
    const told = { report: { receivedAt: T0, report: report({ services }) } };
    expect(judged(providerSilent(), told)).toBe('unhealthy: web service-down');
  });

  test('with a late report means that nothing is known', () => {
    expect(judged(providerSilent(), LATE)).toBe('unknown: provider-unknown');
    expect(judged(providerSilent(), NEVER)).toBe('unknown: provider-unknown');
  });
});

describe('pidnap', () => {
  test('that does not answer is a fault of its own', () => {
    expect(judged(observation({ pidnap: SILENT }))).toBe('unhealthy: pidnap-not-answering');
  });

  test('that does not answer yet is given time', () => {
    expect(judged(observation({ pidnap: SILENT }), IN_GRACE)).toBe('unknown: pidnap-not-answering');
  });
});

describe('the daemon', () => {
  test.each([
    ['answers, report in time', observation(), {}, 'healthy'],
    ['answers, report late: a one-way fault', observation(), LATE, 'healthy: daemon report-late'],
    ['answers, never reported', observation(), NEVER, 'healthy: daemon report-late'],
    ['silent, report in time', observation({ daemon: SILENT }), {}, 'healthy: daemon daemon-not-answering'],
    ['silent, report late', observation({ daemon: SILENT }), LATE, 'unhealthy: daemon daemon-not-answering'],
    [
      'silent, never reported',
      observation({ daemon: SILENT }),
      NEVER,
      'unhealthy: daemon daemon-not-answering',
    ],
    ['not asked, report late', lightObservation(), LATE, 'unknown: daemon report-late'],
    ['not asked, never reported', lightObservation(), NEVER, 'unknown: daemon report-late'],
  ])('%s', (_name, seen, overrides, expected) => {
    expect(judged(seen, overrides)).toBe(expected);
  });

  test.each<[ServiceState, string, string]>([
    ['failed', 'unhealthy: daemon daemon-down', 'unhealthy: daemon daemon-down'],
    ['backing-off', 'unknown: daemon daemon-down', 'unhealthy: daemon daemon-down'],
    ['starting', 'unknown: daemon daemon-down', 'unhealthy: daemon daemon-down'],
    ['running', 'unknown: daemon daemon-not-answering', 'unhealthy: daemon daemon-not-answering'],
  ])('silent and %s under pidnap: %s while it is given time, then %s', (state, inGrace, after) => {
    const seen = observation({ daemon: SILENT, ...pidnapSays(service('daemon', { state }), service('web')) });
    expect(judged(seen, { ...LATE, ...IN_GRACE })).toBe(inGrace);
    expect(judged(seen, LATE)).toBe(after);
  });

  test('that pidnap does not know at all is not answering', () => {
    const seen = observation({ daemon: SILENT, ...pidnapSays(service('web')) });
    expect(judged(seen, LATE)).toBe('unhealthy: daemon daemon-not-answering');
  });
});

describe('a service', () => {
  test.each<[ServiceState, string, string]>([
    ['failed', 'unhealthy: web service-down', 'unhealthy: web service-down'],
    ['completed', 'unhealthy: web service-down', 'unhealthy: web service-down'],
    ['stopped', 'unhealthy: web service-down', 'unhealthy: web service-down'],
    ['backing-off', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['pending', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['blocked', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['starting', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['stopping', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['scheduled', 'unknown: web service-restarting', 'unhealthy: web service-restarting'],
    ['running', 'healthy', 'healthy'],
  ])('that is %s: %s while it is given time, then %s', (state, inGrace, after) => {
    const seen = observation(pidnapSays(service('daemon'), service('web', { state })));
    expect(judged(seen, IN_GRACE)).toBe(inGrace);
    expect(judged(seen)).toBe(after);
  });

  type Health = 'healthy' | 'unhealthy' | 'unknown';
  test.each<[Health, boolean | null | undefined, string]>([
    ['healthy', true, 'healthy'],
    ['healthy', null, 'healthy'],
    ['healthy', undefined, 'healthy'],
    ['healthy', false, 'unhealthy: web service-not-answering'],
    ['unknown', true, 'healthy'],
    ['unknown', null, 'unknown: web starting'],
    ['unknown', undefined, 'unknown: web starting'],
    ['unknown', false, 'unhealthy: web service-not-answering'],
    ['unhealthy', true, 'unhealthy: web service-unhealthy'],
    ['unhealthy', null, 'unhealthy: web service-unhealthy'],
    ['unhealthy', undefined, 'unhealthy: web service-unhealthy'],
    ['unhealthy', false, 'unhealthy: web service-unhealthy'],
  ])('that runs, %s by its own check, and from outside %s: %s', (health, ok, expected) => {
    const routes = ok === undefined ? [] : [{ service: 'web', ok, message: 'probe' }];
    const seen = observation({ routes, ...pidnapSays(service('daemon'), service('web', { health })) });
    expect(judged(seen)).toBe(expected);
  });

  test.each<[boolean | null | undefined, string]>([
    [true, 'healthy'],
    [null, 'unknown: web no-evidence'],
    [undefined, 'unknown: web no-evidence'],
    [false, 'unhealthy: web service-not-answering'],
  ])('of which nobody inside tells is judged by the witness outside (%s): %s', (ok, expected) => {
    const routes = ok === undefined ? [] : [{ service: 'web', ok, message: 'probe' }];
    const seen = observation({ routes, ...pidnapSays(service('daemon')) });
    expect(judged(seen)).toBe(expected);
  });

  test('that a daemon praises and that does not answer is not believed to be well', () => {
    const routes = [{ service: 'web', ok: false, message: '/healthz answered 502' }];
    expect(judged(lightObservation({ routes }))).toBe('unhealthy: web service-not-answering');
  });

  describe('that is silent from outside', () => {
    const silent = { routes: [{ service: 'web', ok: false, silent: true, message: 'No answer in time' }] };
    const inside = (overrides: Partial<ReturnType<typeof service>>) =>
      observation({ ...silent, ...pidnapSays(service('daemon'), service('web', overrides)) });

    test('while pidnap says in the same look that it is healthy, is not known to be sick', () => {
      const seen = inside({ health: 'healthy' });
      expect(judged(seen)).toBe('unknown: web service-not-answering');
      expect(evaluateHealth(input(seen)).findings[0]?.message).toBe(
        'pidnap says that web is healthy, and from here it does not answer: No answer in time',
      );
    });

    test.each<[string, Observation, string]>([
      ['pidnap calls it unhealthy', inside({ health: 'unhealthy' }), 'service-unhealthy'],
      ['pidnap has not checked it', inside({ health: 'unknown' }), 'service-not-answering'],
      ['pidnap gave it up', inside({ state: 'failed' }), 'service-down'],
      ['pidnap was not asked', lightObservation(silent), 'service-not-answering'],
      [
        'pidnap does not know it',
        observation({ ...silent, ...pidnapSays(service('daemon')) }),
        'service-not-answering',
      ],
    ])('is sick when %s', (_name, seen, code) => {
      expect(judged(seen)).toBe(`unhealthy: web ${code}`);
    });

    test('is sick when pidnap does not answer either, and only the report praises it', () => {
      expect(judged(observation({ ...silent, pidnap: SILENT }))).toBe(
        'unhealthy: pidnap-not-answering, web service-not-answering',
      );
    });

    test('hides no other service that is sick', () => {
      const services = [serviceSpec(), serviceSpec({ name: 'api', port: 8081 })];
      const failed = service('api', { state: 'failed' });
      const seen = observation({ ...silent, ...pidnapSays(service('daemon'), service('web'), failed) });
      expect(judged(seen, { services })).toBe('unhealthy: api service-down');
    });
  });

  test('that does not answer from outside is given time after a start', () => {
    const routes = [{ service: 'web', ok: false, message: 'no answer' }];
    expect(judged(lightObservation({ routes }), IN_GRACE)).toBe('unknown: web service-not-answering');
  });

  test('says how it ended', () => {
    const ended = [
      service('web', { state: 'failed', exitCode: 3, reason: 'gave up after 5 restarts' }),
      service('web', { state: 'failed', signal: 'SIGKILL' }),
      service('web', { state: 'stopped' }),
    ].map(
      (web) => evaluateHealth(input(observation(pidnapSays(service('daemon'), web)))).findings[0]?.message,
    );
    expect(ended).toEqual([
      'web is failed (exit code 3): gave up after 5 restarts',
      'web is failed (SIGKILL)',
      'web is stopped',
    ]);
  });
});

describe('a verdict on several things at once', () => {
  const down = service('web', { state: 'failed', exitCode: 1 });

  test('is unhealthy when one is, and names only those to blame', () => {
    const seen = observation({ daemon: SILENT, ...pidnapSays(service('daemon'), down) });
    // The silent daemon still reports: a hint, no fault. Restarting it would help nobody.
    expect(judged(seen)).toBe('unhealthy: web service-down');
  });

  test('is unknown when nothing is bad and something is not known, and tells the hints too', () => {
    const starting = service('web', { health: 'unknown' });
    const seen = observation({ daemon: SILENT, routes: [], ...pidnapSays(service('daemon'), starting) });
    expect(judged(seen)).toBe('unknown: daemon daemon-not-answering, web starting');
  });

  test('names every service that is to blame', () => {
    const seen = observation({ pidnap: SILENT, routes: [{ service: 'web', ok: false, message: '502' }] });
    expect(judged(seen, LATE)).toBe('unhealthy: pidnap-not-answering, web service-not-answering');
  });

  test('looks at every service that the project asks for', () => {
    const services = [serviceSpec(), serviceSpec({ name: 'api', port: 8081 })];
    const seen = observation(
      pidnapSays(service('daemon'), service('web'), service('api', { state: 'failed' })),
    );
    expect(judged(seen, { services })).toBe('unhealthy: api service-down');
  });
});

describe('the end of the time that a start is given', () => {
  const restarting = observation(pidnapSays(service('daemon'), service('web', { state: 'starting' })));

  test.each([
    [T0 + MINUTE - 1, 'unknown: web service-restarting'],
    [T0 + MINUTE, 'unhealthy: web service-restarting'],
  ])('counts by the millisecond (%i)', (now, expected) => {
    expect(judged(restarting, { ...IN_GRACE, now })).toBe(expected);
  });
});

describe('isReportLate', () => {
  test.each([
    [0, false],
    [75 * SECOND, false],
    [75 * SECOND + 1, true],
    [HOUR, true],
  ])('a report that came %i ms ago: %s', (age, late) => {
    expect(
      isReportLate({ report: { receivedAt: T0 - age, report: report() }, now: T0, policy: policy() }),
    ).toBe(late);
  });

  test('no report at all is late', () => {
    expect(isReportLate({ report: null, now: T0, policy: policy() })).toBe(true);
  });
});

describe('knownServices', () => {
  const reported = [service('web', { state: 'failed' })];
  const told = { receivedAt: T0, report: report({ services: reported }) };
  const base = { now: T0, policy: policy() };

  test('takes pidnap’s own answer first', () => {
    expect(knownServices({ ...base, report: told, observation: observation() })).toEqual([
      service('daemon'),
      service('web'),
    ]);
  });

  test('takes a report in time when pidnap was not asked or did not answer', () => {
    expect(knownServices({ ...base, report: told, observation: lightObservation() })).toEqual(reported);
    expect(knownServices({ ...base, report: told, observation: observation({ pidnap: SILENT }) })).toEqual(
      reported,
    );
  });

  test('takes nothing from a late report', () => {
    const late = { ...told, receivedAt: T0 - HOUR };
    expect(knownServices({ ...base, report: late, observation: lightObservation() })).toBeNull();
  });
});

test('a running machine’s inspection is not what makes it healthy', () => {
  const frozen = observation({
    provider: { ok: true, value: inspection({ state: 'running' }) },
    routes: [{ service: 'web', ok: false, message: 'no answer in 5000 ms' }],
    pidnap: SILENT,
    daemon: SILENT,
    versions: null,
  });
  expect(judged(frozen, LATE)).toBe(
    'unhealthy: pidnap-not-answering, daemon daemon-not-answering, web service-not-answering',
  );
});

test('a silence of our own making is no evidence against the daemon, as long as it is given time', () => {
  const silent = observation({ daemon: { ok: false, code: 'MACHINE_UNREACHABLE', message: 'silent' } });
  const judge = (noReportsUntil: number) =>
    evaluateHealth(input(silent, { report: null, noReportsUntil })).health;
  expect([judge(T0 + MINUTE), judge(0)]).toEqual(['unknown', 'unhealthy']);
});
