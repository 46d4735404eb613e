import { describe, expect, test } from 'vitest';
import { service, T0, verdict, versions } from '../testing/builders.ts';
import { foundSame, sameServices, type Found } from './same-look.ts';

const found = (): Found => ({
  phase: 'healthy',
  healthy: true,
  verdict: verdict('unhealthy', 'service-down'),
  versions: versions(),
  services: [service('daemon'), service('web')],
  evidence: {
    provider: 'running',
    diskPresent: true,
    exitCode: null,
    memoryKilled: false,
    routes: [{ service: 'web', ok: false, silent: true }],
    hostAnswers: true,
    pidnapAnswers: null,
    pidnapAnswersInside: null,
    daemonAnswers: null,
    reportedPidnapAnswers: true,
  },
});

/** Every way to change one field, or the length of one list, anywhere in a value. */
function changes(value: unknown): [path: string, changed: unknown][] {
  if (Array.isArray(value)) {
    const inside = value.flatMap((one, index) =>
      changes(one).map(([path, changed]): [string, unknown] => [
        `${index}.${path}`,
        value.with(index, changed),
      ]),
    );
    return [['shorter', value.slice(1)], ['longer', [...value, value[0]]], ...inside];
  }
  if (typeof value !== 'object' || value === null) return [['', value === T0 ? T0 + 1 : 'something else']];
  return Object.entries(value).flatMap(([key, one]) =>
    changes(one).map(([path, changed]): [string, unknown] => [
      `${key}.${path}`,
      { ...value, [key]: changed },
    ]),
  );
}

describe('two looks', () => {
  test('that found the same are the same, whoever built them', () => {
    expect(foundSame(found(), found())).toBe(true);
  });

  test.each(changes(found()))('that differ in %s are not', (_path, changed) => {
    expect(foundSame(found(), changed as Found)).toBe(false);
    expect(foundSame(changed as Found, found())).toBe(false);
  });

  test('are told apart by every field', () => {
    expect(changes(found()).length).toBeGreaterThan(35);
  });

  test('may not know their versions', () => {
    expect(foundSame({ ...found(), versions: null }, { ...found(), versions: null })).toBe(true);
    expect(foundSame({ ...found(), versions: null }, found())).toBe(false);
  });
});

test('services are compared in their order', () => {
  const both = [service('daemon'), service('web')];
  expect(sameServices(both, [...both])).toBe(true);
  expect(sameServices(both, both.toReversed())).toBe(false);
});
