import { encodePoint, type DataPoint } from '@fettle/metrics';
import { exampleReport, IDENTITY } from './example-report.ts';

/** Data points of a fleet of 100 machines, `count` of them, all different. */
export function examplePoints(count: number, now: number): DataPoint[] {
  return Array.from({ length: count }, (_, index) => {
    const report = exampleReport(index * 6 + 1);
    const point = report.points[index % report.points.length]!;
    const slot = `web-${index % 100}`;
    const identity = { ...IDENTITY, slot, machineId: `demo.${slot}.1` };
    const varied = point.kind === 'resource' ? { ...point, cpuPercent: (index * 7) % 101 } : point;
    return encodePoint({ identity, bootId: report.bootId, versions: report.versions }, varied, now);
  });
}
