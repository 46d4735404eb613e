import type { MachineTokenClaims, MetricPoint, MetricsAnswer, MetricsReport } from '@fettle/contract';
import { encodePoint, type PointOrigin } from '@fettle/metrics';
import { ownerOf } from '../auth/machine-credentials.ts';
import type { Env } from '../env.ts';
import { log } from '../log.ts';
import { wireError } from '../routers/rpc-errors.ts';
import { choosePoints, refusePoint } from './core/choose-points.ts';
import { exportReport } from './otlp-export.ts';
import { metricsSettings } from './settings.ts';
import { WrittenPoints } from './written-points.ts';

const writtenPoints = new WrittenPoints();

/** Who reports, by its credential, and where to. */
export type ReportContext = { env: Env; claims: MachineTokenClaims; execution: ExecutionContext };

/**
 * Writes the points of a report to Analytics Engine and says what became of each. No storage is read or written, and
 * no object is woken. `now`: Unix milliseconds.
 *
 * When Analytics Engine takes no more in the middle of a report, what it took is accepted and the others are refused
 * as `too-many`: the machine sends those again. When it takes nothing at all, the answer is METRICS_UNAVAILABLE: the
 * machine keeps everything and comes back later.
 */
export function takeReport(
  { env, claims, execution }: ReportContext,
  report: MetricsReport,
  now: number,
): MetricsAnswer {
  const settings = metricsSettings(env);
  const { identity } = ownerOf(claims);
  const { machineId } = identity;
  const { chosen, refused } = choosePoints(report.points, writtenPoints.lastSeq(machineId, report.bootId));
  const origin = { identity, bootId: report.bootId, versions: report.versions };
  const accepted = writePoints(env.METRICS, origin, chosen, now);
  const last = chosen[accepted - 1];
  if (last !== undefined) writtenPoints.remember(machineId, report.bootId, last.seq);
  else if (chosen.length > 0) throw wireError('METRICS_UNAVAILABLE', 'What was measured cannot be written');
  if (accepted < chosen.length) {
    const notTaken = chosen.splice(accepted);
    refused.push(...notTaken.map((point) => refusePoint(point, 'too-many')));
  }
  if (settings.FETTLE_OTLP_URL !== undefined && accepted > 0)
    execution.waitUntil(exportReport(settings, origin, chosen, now));
  return { accepted, refused, reportEveryMs: settings.FETTLE_METRICS_EVERY_MS };
}

/** How many of the points were taken; what is behind the first one that was not is not tried. */
function writePoints(
  dataset: AnalyticsEngineDataset,
  origin: PointOrigin,
  points: readonly MetricPoint[],
  now: number,
): number {
  let written = 0;
  try {
    for (const point of points) {
      dataset.writeDataPoint(encodePoint(origin, point, now));
      written += 1;
    }
  } catch (error) {
    log.error(`${origin.identity.machineId}: only ${written} of ${points.length} points were taken`, error);
  }
  return written;
}
