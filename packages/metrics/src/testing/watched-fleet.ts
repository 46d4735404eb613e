/** Points about the watchers of a fleet of two machines, of which one is watched late. */
import { encodeSweep, encodeWatch } from '../encode-watch.ts';
import type { DataPoint } from '../encode.ts';
import { ORIGIN } from './points.ts';

const MINUTE = 60_000;

/** A sweep in each of the last ten minutes, the last one 10 s before `end`. The late machine has its alarm set again once. */
export function watchedFleet(end: number): { point: DataPoint; writtenAt: number }[] {
  return Array.from({ length: 10 }, (_, ago) => {
    const at = end - 10_000 - ago * MINUTE;
    const machine = (machineId: string, tickLagMs: number | null, stale: boolean) =>
      encodeWatch({ ...ORIGIN.identity, project: 'demo', machineId }, null, at, {
        tickLagMs,
        worstTickLagMs: tickLagMs === null ? null : tickLagMs + 1,
        sinceTickMs: 15_000,
        stale,
      });
    const sweep = encodeSweep({ organization: 'acme', project: 'demo', type: 'local-docker' }, at, {
      watchedMachines: 2,
      medianLagMs: 4,
      worstLagMs: 100_000 + ago,
      staleMachines: 1,
      silentObjects: 0,
      rearmedMachines: ago === 5 ? 1 : 0,
    });
    const points = [machine('demo.prompt.1', 4, false), machine('demo.late.1', 100_000 + ago, true), sweep];
    return points.map((point) => ({ point, writtenAt: at }));
  }).flat();
}
