import { expect, test } from 'vitest';
import { T0, projectView } from '../../test/builders.ts';
import { describeProject } from './describe-project.ts';

const watch = {
  sweptAt: T0 - 20_000,
  stale: false,
  machines: 3,
  medianLagMs: 4,
  worstLagMs: 2500,
  staleMachines: [],
  silentMachines: [],
  rearmed: [],
};
const firstLines = (overrides: Parameters<typeof projectView>[0]): string[] =>
  describeProject(projectView(overrides)).split('\n\n')[0]!.split('\n');

test('a quiet project says how well it is watched', () => {
  expect(firstLines({ watch })).toEqual([
    'project      local/demo',
    'storm guard  quiet',
    'watch        swept 20s ago: 3 machines, ticks 4 ms late in the median, 2s at worst',
  ]);
});

test('machines that the watch worries about are named', () => {
  const worried = {
    ...watch,
    staleMachines: ['demo.web-1.1'],
    silentMachines: ['demo.web-2.1', 'demo.web-3.1'],
    rearmed: ['demo.web-4.1'],
  };
  expect(firstLines({ watch: worried }).slice(3)).toEqual([
    '             out of date: demo.web-1.1',
    '             silent: demo.web-2.1, demo.web-3.1',
    '             armed again: demo.web-4.1',
  ]);
});

test('a watch that is out of date shows none of its old figures', () => {
  const [, , line] = firstLines({ watch: { ...watch, sweptAt: T0 - 300_000, stale: true } });
  expect(line).toBe(
    'watch        OUT OF DATE: swept 5m00s ago; nobody looks after machines whose alarm is lost',
  );
});

test('before the first sweep that is said', () => {
  expect(firstLines({}).at(-1)).toBe('watch        no sweep yet');
});

test('shadow mode and an override are told; an override that has passed is not', () => {
  const { policy } = projectView();
  const told = firstLines({
    policy: { ...policy, mode: 'shadow' },
    stormGuard: '3 of 4 machines are sick',
    guardOverride: { until: T0 + 60_000, reason: 'a rack lost power' },
  });
  expect(told[1]).toContain('SHADOW MODE');
  expect(told.slice(2, 4)).toEqual([
    'storm guard  3 of 4 machines are sick',
    '             passed by a person until 09:01:00, for 1m00s more: a rack lost power',
  ]);
  expect(firstLines({ guardOverride: { until: T0, reason: 'long ago' } }).join()).not.toContain('long ago');
});
