import type { ProjectRecord } from '@fettle/core';
import { newProjectRecord } from '@fettle/core/project/record';
import { HOUR, MINUTE, policy, T0, versions } from '@fettle/core/testing/builders';
import { config } from '@fettle/core/testing/project-builders';
import { describe, expect, test } from 'vitest';
import { timeOfRollouts } from './rollout-liveness.ts';

/** Three walks of five waves, each of 10 minutes and two checks: what 24 slots take without a budget. */
const WAVES_MS = 3 * 5 * 11 * MINUTE;

/** A project of 24 slots, with versions to go back from. */
function project(changesAnHour: number): ProjectRecord {
  const rules = policy({
    check: { intervalMs: MINUTE / 2 },
    rollout: { firstWave: 1, growth: 2, waveTimeoutMs: 10 * MINUTE },
    budgets: { projectActions: { max: changesAnHour, withinMs: HOUR } },
  });
  const slot = { machineId: null, machines: [], generation: 1, phase: null, copy: null };
  return {
    ...newProjectRecord(config({ policy: rules })),
    slots: Array.from({ length: 24 }, (_, index) => ({ slot: `web-${index + 1}`, ...slot })),
    quarantines: [
      { versions: versions(), since: T0, by: 'blame', reason: 'sick', machines: [], leftAlone: [] },
    ],
  };
}

describe('rollouts are waited for', () => {
  test('not at all where none goes on and nothing is quarantined', () => {
    expect(timeOfRollouts({ ...project(30), quarantines: [] })).toBe(0);
  });

  test('until the budget has freed up as often as all slots need it, on the way back and for a revert', () => {
    expect(timeOfRollouts(project(48))).toBe(WAVES_MS + HOUR);
    expect(timeOfRollouts(project(30))).toBe(WAVES_MS + 2 * HOUR);
    expect(timeOfRollouts(project(6))).toBe(WAVES_MS + 8 * HOUR);
  });

  test('no longer than their waves take where the budget allows nothing: then they stop', () => {
    expect(timeOfRollouts(project(0))).toBe(WAVES_MS);
  });
});
