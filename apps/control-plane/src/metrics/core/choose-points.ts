import {
  MAX_POINT_AGE_MS,
  MAX_POINTS_WRITTEN,
  type MetricPoint,
  type MetricsAnswer,
  type PointRefusal,
} from '@fettle/contract';

/** A point that is not written, as the machine is told of it. */
export type RefusedPoint = MetricsAnswer['refused'][number];

/** Which points of a report are written, in their order, and which are not. */
export type Choice = { chosen: MetricPoint[]; refused: RefusedPoint[] };

/**
 * Chooses what is written of a report. `lastSeq` is the highest number that is known to be written of the same boot, 0
 * for none. Numbers only grow within a report as well, so a point that comes twice in it is written once. A point that
 * can never be written does not take the place of one that can.
 */
export function choosePoints(points: readonly MetricPoint[], lastSeq: number): Choice {
  const chosen: MetricPoint[] = [];
  const refused: RefusedPoint[] = [];
  let highest = lastSeq;
  for (const point of points) {
    if (point.seq <= highest) refused.push(refusePoint(point, 'repeated'));
    else if (point.ageMs > MAX_POINT_AGE_MS) refused.push(refusePoint(point, 'too-old'));
    else if (chosen.length === MAX_POINTS_WRITTEN) refused.push(refusePoint(point, 'too-many'));
    else {
      chosen.push(point);
      highest = point.seq;
    }
  }
  return { chosen, refused };
}

/** Names a point that is not written. */
export function refusePoint(point: MetricPoint, reason: PointRefusal): RefusedPoint {
  return {
    seq: point.seq,
    name: point.kind === 'process' ? `process ${point.name}` : point.kind,
    reason,
  };
}
