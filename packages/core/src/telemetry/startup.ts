/** How a machine's start went, as one point. */
import type { PointBody } from './point-buffer.ts';

/** The supervisor's milestones of a start. Times in Unix milliseconds by the machine's clock. */
export type BootMilestones = {
  entrypointAt: number;
  tasksCompleteAt: number | null;
  allHealthyAt: number | null;
};

/**
 * The point; `null` as long as not everything was healthy once. `daemonReadyAt`: when the daemon answered for the first
 * time in this start, by the same clock as the milestones.
 */
export function startupPoint(
  { entrypointAt, tasksCompleteAt, allHealthyAt }: BootMilestones,
  daemonReadyAt: number,
): PointBody | null {
  if (allHealthyAt === null) return null;
  const since = (at: number) => Math.max(0, Math.round(at - entrypointAt));
  return {
    kind: 'startup',
    timeToReadyMs: since(allHealthyAt),
    entrypointStartedAt: Math.max(0, Math.round(entrypointAt)),
    tasksCompleteMs: tasksCompleteAt === null ? null : since(tasksCompleteAt),
    daemonReadyMs: since(daemonReadyAt),
  };
}
