/** Derives what the API shows of a process from its record and definition. */
import type { ProcessDefinition } from '../contract/definition.ts';
import type { ProcessView } from '../contract/process.ts';
import { pidOf, type ProcessRecord } from './record.ts';

export interface ViewSource {
  readonly record: ProcessRecord;
  readonly definition: ProcessDefinition;
  readonly definitionDigest: string;
  readonly source: 'config' | 'api';
}

export function toView({ record, definition, definitionDigest, source }: ViewSource): ProcessView {
  const { phase, health } = record;
  return {
    name: record.name,
    state: phase.state,
    stateSince: record.since,
    reason: record.reason,
    message: record.message,
    desired: record.desired,
    health: {
      status: health.status,
      failures: health.failures,
      checkedAt: health.checkedAt,
      message: health.message,
    },
    pid: pidOf(record),
    runs: record.runs,
    restarts: record.restarts,
    exitCode: record.exitCode,
    signal: record.signal,
    queuedAt: record.queuedAt,
    startedAt: record.startedAt,
    healthyAt: record.healthyAt,
    stoppedAt: record.stoppedAt,
    nextStartAt: phase.state === 'backing-off' ? phase.nextStartAt : null,
    killAt: phase.state === 'stopping' && !phase.killed ? phase.killAt : null,
    blockedOn: phase.state === 'blocked' ? [...phase.on] : [],
    source,
    definition: {
      ...definition,
      env: Object.fromEntries(Object.keys(definition.env).map((key) => [key, '[hidden]'])),
    },
    definitionDigest,
  };
}
