/** What the host's word means for a sandbox. Pure. */
import type { Inspection } from '@fettle/contract/host-agent';
import type { Change, SandboxRecord } from './record.ts';

/** Exit codes that Daytona's runner takes for a stop: a clean end, SIGKILL and SIGTERM; every other one is an error. */
const STOPS = new Set([0, 137, 143]);

/** The state in Daytona's words. */
export type SandboxState =
  | 'creating'
  | 'restoring'
  | 'started'
  | 'starting'
  | 'stopped'
  | 'stopping'
  | 'archiving'
  | 'archived'
  | 'snapshotting'
  | 'destroying'
  | 'destroyed'
  | 'error'
  | 'unknown';

/** What is seen of a sandbox, and what changes in its record for good because of it. */
export type Sighting = { state: SandboxState; changes: Partial<SandboxRecord> };

const UNDER_WAY: Record<Change['kind'], SandboxState> = {
  create: 'creating',
  start: 'starting',
  restore: 'restoring',
  stop: 'stopping',
  archive: 'archiving',
  snapshot: 'snapshotting',
  destroy: 'destroying',
};

/**
 * Reads the host's word; `null`: it gave none, and nothing follows from that. `sending`: the order for the change is
 * still on its way to the host.
 */
export function sightingOf(
  record: SandboxRecord,
  seen: Inspection | null,
  { sending, now }: { sending: boolean; now: number },
): Sighting {
  const { change } = record;
  if (change !== null && sending) return { state: UNDER_WAY[change.kind], changes: {} };
  if (seen === null) return { state: 'unknown', changes: {} };
  if (change === null) return resting(record, seen, now);
  const { operation } = seen;
  if (operation?.action.id === change.action.id) {
    if (operation.status === 'running') return { state: UNDER_WAY[change.kind], changes: {} };
    if (operation.status === 'failed')
      return failed(record, change, operation.error?.message ?? 'unknown', now);
    return done(record, change, now);
  }
  if (operation !== null && operation.action.sequence > change.action.sequence)
    return { state: 'unknown', changes: {} };
  return lost(record, change, now);
}

function resting(record: SandboxRecord, seen: Inspection, now: number): Sighting {
  switch (seen.state) {
    case 'absent':
      // One that could not be made stays, with its reason, until somebody deletes it.
      return record.rests === 'error' ? { state: 'error', changes: {} } : moved(record, 'destroyed', now);
    case 'running':
      return record.rests === 'started' ? { state: 'started', changes: {} } : moved(record, 'started', now);
    case 'stopped':
    case 'paused':
      if (record.rests !== 'started') return { state: record.rests, changes: {} };
      // A host learns the code a moment after the end, or never: an end of which nobody knows the code is a stop.
      if (seen.exitCode === null || STOPS.has(seen.exitCode)) return moved(record, 'stopped', now);
      return broken(record, `container exited with code ${seen.exitCode}`, true, now);
    case 'creating':
    case 'starting':
      return { state: 'starting', changes: {} };
    case 'stopping':
      return { state: 'stopping', changes: {} };
    case 'unknown':
      return { state: 'unknown', changes: {} };
    default:
      return seen.state satisfies never;
  }
}

function done(record: SandboxRecord, change: Change, now: number): Sighting {
  switch (change.kind) {
    case 'create':
    case 'start':
    case 'restore':
      return moved(record, 'started', now);
    case 'stop':
      return moved(record, 'stopped', now);
    case 'archive':
      return moved(record, 'archived', now);
    case 'snapshot':
      return moved(record, record.rests, now);
    case 'destroy':
      return moved(record, 'destroyed', now);
    default:
      return change.kind satisfies never;
  }
}

/** The host has never heard of the order: a machine that was to run does not, any other is as it was. */
function lost(record: SandboxRecord, change: Change, now: number): Sighting {
  const wasToRun = change.kind === 'create' || change.kind === 'start' || change.kind === 'restore';
  if (!wasToRun) return moved(record, record.rests, now);
  return failed(record, change, 'the runner has not taken the order', now);
}

/** What fails on the way leaves an error, but a copy that could not be taken leaves the sandbox as it was. */
function failed(record: SandboxRecord, change: Change, message: string, now: number): Sighting {
  if (change.kind === 'snapshot' || change.kind === 'archive') return moved(record, record.rests, now);
  return broken(record, `failed to ${change.kind}: ${message}`, change.kind === 'start', now);
}

function broken(record: SandboxRecord, errorReason: string, recoverable: boolean, now: number): Sighting {
  const changes = { change: null, rests: 'error', errorReason, recoverable, updatedAt: now } as const;
  return { state: 'error', changes: { ...changes, stoppedAt: record.stoppedAt ?? now } };
}

function moved(record: SandboxRecord, rests: SandboxRecord['rests'], now: number): Sighting {
  if (rests === record.rests && record.change === null) return { state: rests, changes: {} };
  const stoppedAt = rests === 'started' ? null : (record.stoppedAt ?? now);
  const clean = rests === 'error' ? {} : { errorReason: null, recoverable: false };
  // A change of state is activity.
  return {
    state: rests,
    changes: { change: null, rests, stoppedAt, updatedAt: now, lastActivityAt: now, ...clean },
  };
}
