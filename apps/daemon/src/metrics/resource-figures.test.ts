import { ResourcePoint } from '@fettle/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { resourceFigures, type ResourceReading } from './resource-figures.ts';

const MB = 1024 * 1024;
const T0 = 5000;

/** A container with half a processor. */
function reading(overrides: Partial<ResourceReading> = {}): ResourceReading {
  return {
    at: T0,
    cpu: { source: 'cgroup2', used: 1000, clock: T0, perClock: 0.5, limit: 0.5 },
    memory: { source: 'cgroup2', usedBytes: 100 * MB, totalBytes: 512 * MB },
    disk: { usedBytes: 25 * MB, freeBytes: 75 * MB, totalBytes: 105 * MB },
    load1: 0.25,
    network: { receivedBytes: 1000, sentBytes: 500 },
    openFiles: 42,
    pressure: { cpu: 0, memory: 0, io: 0 },
    ...overrides,
  };
}

function cpu(overrides: Partial<NonNullable<ResourceReading['cpu']>>): ResourceReading['cpu'] {
  return { source: 'cgroup2', used: 1000, clock: T0, perClock: 0.5, limit: 0.5, ...overrides };
}

test('one look tells states and nothing about time', () => {
  expect(resourceFigures(null, reading())).toEqual({
    cpuPercent: null,
    cpuSource: 'cgroup2',
    cpuLimit: 0.5,
    memoryUsedMb: 100,
    memoryTotalMb: 512,
    memorySource: 'cgroup2',
    load1: 0.25,
    diskUsedPercent: 25,
    diskUsedMb: 25,
    diskTotalMb: 105,
    networkReceivedBytes: null,
    networkSentBytes: null,
    openFiles: 42,
    cpuPressurePercent: null,
    memoryPressurePercent: null,
    ioPressurePercent: null,
    coversMs: null,
  });
});

test('two looks tell what was used in between', () => {
  const after = reading({
    at: T0 + 10_000,
    cpu: cpu({ used: 2250, clock: T0 + 10_000 }),
    network: { receivedBytes: 4000, sentBytes: 500 },
    pressure: { cpu: 1_000_000, memory: 0, io: 250_000 },
  });
  expect(resourceFigures(reading(), after)).toMatchObject({
    cpuPercent: 25,
    networkReceivedBytes: 3000,
    networkSentBytes: 0,
    cpuPressurePercent: 10,
    memoryPressurePercent: 0,
    ioPressurePercent: 2.5,
    coversMs: 10_000,
  });
});

describe('the share of processors', () => {
  const later = { at: T0 + 1000 };

  test.each([
    ['never more than all', cpu({ used: 1600, clock: T0 + 1000 }), 100],
    ['unknown when the counter began anew', cpu({ used: 10, clock: T0 + 1000 }), null],
    ['unknown when no time passed', cpu({ used: 1010 }), null],
    ['unknown when it is read elsewhere now', cpu({ source: 'proc', used: 1100, clock: T0 + 1000 }), null],
    ['unknown when it cannot be read', null, null],
    ['held against the limit that is there now', cpu({ used: 1500, clock: T0 + 1000, perClock: 1 }), 50],
  ])('is %s', (_, now, expected) => {
    expect(resourceFigures(reading(), reading({ ...later, cpu: now })).cpuPercent).toBe(expected);
  });
});

test('a counter that went back tells nothing', () => {
  const after = reading({
    at: T0 + 1000,
    network: { receivedBytes: 10, sentBytes: 600 },
    pressure: { cpu: 0, memory: 0, io: 0 },
  });
  const before = reading({ pressure: { cpu: 5, memory: 0, io: 0 } });
  expect(resourceFigures(before, after)).toMatchObject({
    networkReceivedBytes: null,
    networkSentBytes: 100,
    cpuPressurePercent: null,
  });
});

test('a system that tells nothing gives a point of nothing but nulls, which the contract takes', () => {
  const nothing = reading({
    cpu: null,
    memory: null,
    disk: null,
    load1: null,
    network: null,
    openFiles: null,
    pressure: { cpu: null, memory: null, io: null },
  });
  const { coversMs, ...figures } = resourceFigures(nothing, nothing);
  expect(new Set(Object.values(figures))).toEqual(new Set([null]));
  const point = { kind: 'resource', seq: 1, ageMs: 0, droppedBefore: 0, coversMs, ...figures };
  expect(v.is(ResourcePoint, point)).toBe(true);
});
