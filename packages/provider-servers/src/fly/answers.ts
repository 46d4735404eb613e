/** What the Fly server answers, in the published shapes. Pure. */
import type { LeaseRecord, MachineRecord, SnapshotRecord, VolumeRecord } from './record.ts';
import type { HostStatus } from './settle.ts';

/** The most events that a machine tells unasked. */
const EVENTS = 20;

/** `Machine`. With `summary`, only what is told of many at once. */
export function machineAnswer(
  record: MachineRecord,
  told: { state: string; hostStatus: HostStatus },
  { summary = false }: { summary?: boolean } = {},
) {
  const { image, guest, metadata } = record.config;
  return {
    id: record.id,
    name: record.name,
    state: told.state,
    region: record.region,
    instance_id: record.instanceId,
    private_ip: privateIp(record.id),
    config: summary ? { image, guest, metadata } : record.config,
    image_ref: { registry: 'registry.local', repository: image ?? '', digest: record.order.image ?? '' },
    created_at: date(record.createdAt),
    updated_at: date(record.updatedAt),
    host_status: told.hostStatus,
    ...(summary ? {} : { events: record.events.slice(0, EVENTS), checks: [] }),
  };
}

/** `Volume`. */
export function volumeAnswer(volume: VolumeRecord, hostStatus: HostStatus = 'ok') {
  return {
    id: volume.id,
    name: volume.name,
    state: volume.removal === null ? 'created' : 'pending_destroy',
    region: volume.region,
    zone: 'local',
    size_gb: volume.sizeGb,
    encrypted: true,
    fstype: 'ext4',
    snapshot_retention: volume.snapshotRetention,
    auto_backup_enabled: volume.autoBackup,
    ...(volume.attachedTo === null ? {} : { attached_machine_id: volume.attachedTo }),
    created_at: date(volume.createdAt),
    host_status: hostStatus,
  };
}

/** `VolumeSnapshot`. */
export function snapshotAnswer(
  { id, status, size, digest, volumeGb, createdAt }: SnapshotRecord,
  retention: number,
) {
  return {
    id,
    status,
    size,
    ...(digest === null ? {} : { digest }),
    volume_size: volumeGb * 1024 ** 3,
    retention_days: retention,
    created_at: date(createdAt),
  };
}

/** `Lease`. Its nonce is told to whoever holds the key: that is how a lost lease is given back. */
export function leaseAnswer({ nonce, expiresAt, owner, description }: LeaseRecord, version: string) {
  return {
    nonce,
    expires_at: Math.floor(expiresAt / 1000),
    owner,
    description,
    version,
  };
}

function privateIp(id: string): string {
  const [a = '0', b = '0', c = '0'] = id.match(/.{1,4}/g) ?? [];
  return `fdaa:0:0:a7b:${a}:${b}:${c}:2`;
}

function date(time: number): string {
  return new Date(time).toISOString();
}
