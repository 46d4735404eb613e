import { describe, expect, test } from 'vitest';
import { MINUTE, T0 } from '../testing/builders.ts';
import { config, decideOn } from '../testing/project-builders.ts';
import { projectView } from './project-view.ts';
import { newProjectRecord } from './record.ts';
import type { SweptMachine } from './sweep.ts';

const swept = (machineId: string, answer: Partial<SweptMachine['answer']> | null = {}): SweptMachine => ({
  machineId,
  answer: answer === null ? null : { rearmed: false, lagMs: 0, stale: false, ...answer },
});

const sweep = (...machines: SweptMachine[]) =>
  decideOn(newProjectRecord(config()), { type: 'swept', machines }, T0);

describe('a sweep', () => {
  test('keeps the median and the worst of how late the alarms were', () => {
    const lags = [3, 900, 8, null, 4];
    const { record } = sweep(...lags.map((lagMs, index) => swept(`m${index}`, { lagMs })));
    expect(record.watch).toMatchObject({ machines: 5, medianLagMs: 4, worstLagMs: 900, sweptAt: T0 });
  });

  test('knows no lag where no machine ever woke', () => {
    expect(sweep(swept('a', { lagMs: null })).record.watch).toMatchObject({
      medianLagMs: null,
      worstLagMs: null,
    });
    expect(sweep().record.watch).toMatchObject({ machines: 0, medianLagMs: null });
  });

  test('names the machines that are stale, silent or were armed again, and tells of the last', () => {
    const { record, notices } = sweep(
      swept('well'),
      swept('old', { stale: true }),
      swept('mute', null),
      swept('lost', { rearmed: true, stale: true }),
    );
    expect(record.watch).toMatchObject({
      staleMachines: ['old', 'lost'],
      silentMachines: ['mute'],
      rearmed: ['lost'],
    });
    expect(notices).toMatchObject([{ kind: 'rearmed', machineId: 'lost' }]);
  });

  test('that nobody repeated is shown as stale after three minutes', () => {
    const { record } = sweep(swept('well'));
    const staleAt = (now: number) => projectView({ record, notices: [], now }).watch?.stale;
    expect([staleAt(T0 + 3 * MINUTE), staleAt(T0 + 3 * MINUTE + 1)]).toEqual([false, true]);
  });
});
