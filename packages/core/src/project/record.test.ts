import { describe, expect, test } from 'vitest';

import { after, applied, changed, config, gaveUp, running } from '../testing/project-builders.ts';
import { machineIdOf, newProjectRecord, presentMachines, watchedMachines } from './record.ts';

const bricked = (machineId: string) => gaveUp(machineId);

test('a machine’s id is made of project, slot and generation', () => {
  expect(machineIdOf({ project: 'demo' }, 'web-1', 3)).toBe('demo.web-1.3');
});

test('a new project has no slots, whatever is asked for', () => {
  expect(newProjectRecord(config({ slots: ['web-1'] })).slots).toEqual([]);
});

describe('the machines that need watching', () => {
  const giving = after(running(), changed('demo.web-1.1', 'bricked'));
  const replacing = after(giving, bricked('demo.web-1.1'));
  const replaced = after(replacing, changed('demo.web-1.2', 'healthy'));
  const parked = after(replacing, bricked('demo.web-1.2'), bricked('demo.web-1.3'), bricked('demo.web-1.4'));

  test.each([
    ['of a new project', applied(['web-1', 'web-2']), ['demo.web-1.1', 'demo.web-2.1'], []],
    ['of a running project', running(), ['demo.web-1.1'], []],
    ['while data is saved, before there is a plan', giving, ['demo.web-1.1'], []],
    ['while a machine is replaced', replacing, ['demo.web-1.2', 'demo.web-1.1'], []],
    ['after it was replaced', replaced, ['demo.web-1.2'], ['demo.web-1.1']],
    [
      'when a plan is parked: not the machine that does not exist yet',
      parked,
      ['demo.web-1.1'],
      ['demo.web-1.2', 'demo.web-1.3', 'demo.web-1.4'],
    ],
  ])('%s', (_name, record, present, retired) => {
    expect(presentMachines(record)).toEqual(present);
    expect(watchedMachines(record).toSorted()).toEqual([...present, ...retired].toSorted());
  });
});
