/** What the Daytona server answers, in the published shapes. Pure. */
import type { SandboxRecord, SnapshotRecord } from './record.ts';
import type { SandboxState } from './settle.ts';

/** Addresses that are told to clients. */
export type DaytonaUrls = { toolbox: string; preview: string };

/** A state that our own words do not have can be claimed in a drill. */
export type ToldState = SandboxState | (string & {});

/** `Sandbox`, and `SandboxListItem` with it. */
export function sandboxAnswer(
  record: SandboxRecord,
  told: { state: ToldState; errorReason: string | null; recoverable: boolean },
  parts: { organizationId: string; urls: DaytonaUrls },
) {
  return {
    id: record.id,
    organizationId: parts.organizationId,
    name: record.name,
    snapshot: record.snapshot,
    user: record.user,
    env: record.env,
    labels: record.labels,
    public: record.public,
    networkBlockAll: false,
    target: record.target,
    cpu: record.cpu,
    gpu: 0,
    memory: record.memory,
    disk: record.disk,
    state: told.state,
    desiredState: desiredStateOf(record),
    ...(told.errorReason === null ? {} : { errorReason: told.errorReason }),
    recoverable: told.recoverable,
    autoStopInterval: record.autoStopInterval,
    autoPauseInterval: 0,
    autoArchiveInterval: record.autoArchiveInterval,
    autoDeleteInterval: record.autoDeleteInterval,
    ...(record.autoDestroyAt === null ? {} : { autoDestroyAt: date(record.autoDestroyAt) }),
    createdAt: date(record.createdAt),
    updatedAt: date(record.updatedAt),
    lastActivityAt: date(record.lastActivityAt),
    sandboxClass: 'container',
    daemonVersion: DAEMON_VERSION,
    runnerId: `runner-${record.target}`,
    toolboxProxyUrl: parts.urls.toolbox,
  };
}

/** The release whose specification is served. */
export const DAEMON_VERSION = '0.205.1';

function desiredStateOf({ change, rests }: SandboxRecord): string {
  const kind = change?.kind ?? null;
  switch (kind) {
    case 'create':
    case 'start':
    case 'restore':
      return 'started';
    case 'stop':
      return 'stopped';
    case 'archive':
      return 'archived';
    case 'destroy':
      return 'destroyed';
    case 'snapshot':
    case null:
      return rests === 'error' ? 'started' : rests;
    default:
      return kind satisfies never;
  }
}

/** `SnapshotDto` of a snapshot that was made of a sandbox. */
export function snapshotAnswer(snapshot: SnapshotRecord, organizationId: string) {
  const { id, name, state, errorReason, size, cpu, mem, disk, sourceSandboxId } = snapshot;
  return {
    id,
    organizationId,
    name,
    state,
    errorReason,
    size,
    cpu,
    mem,
    disk,
    sourceSandboxId,
    general: false,
    gpu: 0,
    entrypoint: null,
    createdAt: date(snapshot.createdAt),
    updatedAt: date(snapshot.updatedAt),
    lastUsedAt: snapshot.lastUsedAt === null ? null : date(snapshot.lastUsedAt),
    sandboxClass: 'container',
  };
}

/** `SnapshotDto` of one of the host's images. */
export function imageAnswer(
  { image, createdAt }: { image: string; createdAt: number },
  organizationId: string,
) {
  const made = date(createdAt);
  return {
    id: image,
    organizationId,
    general: true,
    name: image,
    imageName: image,
    state: 'active',
    size: null,
    entrypoint: null,
    cpu: 1,
    gpu: 0,
    mem: 1,
    disk: 3,
    errorReason: null,
    createdAt: made,
    updatedAt: made,
    lastUsedAt: null,
    sourceSandboxId: null,
    sandboxClass: 'container',
  };
}

/** `Region`. */
export function regionAnswer(id: string, since: number) {
  const made = date(since);
  return { id, name: id, organizationId: null, regionType: 'shared', createdAt: made, updatedAt: made };
}

function date(time: number): string {
  return new Date(time).toISOString();
}
