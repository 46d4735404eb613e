import { InsideEvidence } from '@fettle/contract';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { briefLine } from './texts.ts';

function inside(overrides: Partial<InsideEvidence> = {}): InsideEvidence {
  return {
    collectedAt: 1_780_000_000_000,
    processes: [],
    memoryKills: 0,
    disk: null,
    repositories: [],
    work: [],
    stored: [],
    missing: [],
    ...overrides,
  };
}

test('what fits into a line is all in it', () => {
  const small = inside({ repositories: [{ repository: 'customer', commit: null, status: ['?? a'] }] });
  expect(JSON.parse(briefLine(small))).toEqual(small);
});

test('what does not has its beginnings in it, the largest processes first', () => {
  const processes = Array.from({ length: 2000 }, (_, pid) => ({
    pid,
    parent: 1,
    command: 'x'.repeat(4000),
    state: 'S',
    memoryMb: pid,
  }));
  const status = Array.from({ length: 500 }, () => `?? ${'é'.repeat(4000)}`);
  const repositories = (['platform', 'customer'] as const).map((repository) => ({
    repository,
    commit: 'a'.repeat(40),
    status,
  }));
  const missing = Array.from({ length: 100 }, () => ({ part: 'logs.txt' as const, why: 'y'.repeat(4000) }));
  const line = briefLine(inside({ processes, repositories, missing }));
  expect(Buffer.byteLength(line)).toBeLessThan(64 * 1024);
  expect(v.parse(InsideEvidence, JSON.parse(line)).processes[0]?.pid).toBe(1999);
});
