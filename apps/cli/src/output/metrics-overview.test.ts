import { expect, test } from 'vitest';
import { T0_SECONDS } from '../../test/builders.ts';
import { renderOverview } from './metrics-overview.ts';

const columns = [
  { name: 'time', unit: 'time' },
  { name: 'machine', unit: 'text' },
  { name: 'cpuPercent', unit: 'percent' },
  { name: 'memoryUsedMb', unit: 'mb' },
  { name: 'memoryTotalMb', unit: 'mb' },
] as const;

function row(step: number, machine: string, cpuPercent: number | null, memoryUsedMb: number | null) {
  return { time: T0_SECONDS + step * 20, machine, cpuPercent, memoryUsedMb, memoryTotalMb: 512 };
}

test('each machine is a line: cpu and memory now and lately, as shares of what it may use', () => {
  const rows = [
    row(1, 'demo.web-1.1', 100, 256),
    row(1, 'demo.web-2.1', null, 384),
    row(0, 'demo.web-1.1', 50, 128),
    row(0, 'demo.web-2.1', null, 384),
  ];
  expect(renderOverview({ columns: [...columns], rows, sql: '' })).toBe(
    [
      'MACHINE       CPU      OF ITS PROCESSORS  MEMORY            OF ITS MEMORY',
      'demo.web-1.1  100.0 %  ▄█                 256 MB of 512 MB  ▂▄',
      'demo.web-2.1  -                           384 MB of 512 MB  ▆▆',
    ].join('\n'),
  );
});
