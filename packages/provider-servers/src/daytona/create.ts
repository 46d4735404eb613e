import { randomBytes, randomUUID } from 'node:crypto';
import { machineOrder } from '../host/machine-order.ts';
import { HostProblem } from '../host/host-machines.ts';
import { Refusal, type Answer, type Call } from '../server/call.ts';
import { newToken } from './lifecycle.ts';
import type { DaytonaParts } from './parts.ts';
import type { SandboxRecord, SnapshotRecord } from './record.ts';
import type { Sandboxes } from './sandboxes.ts';

/** What one sandbox may have at most, and what it gets unasked: processors, GiB of memory, GiB of disk. */
const MOST = { cpu: 4, memory: 8, disk: 10 };
const UNASKED = { cpu: 1, memory: 1, disk: 3 };
/** Minutes after which Daytona stops an idle sandbox and archives a stopped one, unasked. */
const AUTO_STOP_MINUTES = 15;
const AUTO_ARCHIVE_MINUTES = 7 * 24 * 60;

/** The published body, as far as it is read here; it has been checked. */
type CreateSandbox = {
  name?: string;
  snapshot?: string;
  user?: string;
  env?: Record<string, string>;
  labels?: Record<string, string>;
  public?: boolean;
  target?: string;
  cpu?: number;
  memory?: number;
  disk?: number;
  autoStopInterval?: number;
  autoPauseInterval?: number;
  autoArchiveInterval?: number;
  autoDeleteInterval?: number;
  ttlMinutes?: number;
  buildInfo?: unknown;
  volumes?: unknown[];
};

/** Creates a sandbox over a real machine of the host. All that can be refused is refused before anything is there. */
export async function createSandbox(parts: DaytonaParts, sandboxes: Sandboxes, call: Call): Promise<Answer> {
  const asked = (call.body ?? {}) as CreateSandbox;
  const target = placeOf(parts, asked);
  const resources = resourcesOf(asked);
  assertIntervals(asked);
  const from = await originOf(parts, asked.snapshot);
  const id = randomUUID();
  const name = asked.name ?? `sandbox-${id.slice(0, 8)}`;
  await assertFree(sandboxes, name);
  const env = asked.env ?? {};
  const ordered = machineOrder({
    env,
    type: 'daytona',
    image: from.image,
    limits: { memoryMb: resources.memory * 1024, cpus: resources.cpu },
    restoreCopyId: from.copyId,
    blank: { id: randomBytes(6).toString('hex'), commandKey: randomBytes(32).toString('base64url') },
  });
  if ('wrong' in ordered) throw new Refusal(400, ordered.wrong);
  const record: SandboxRecord = {
    id,
    name,
    machineId: ordered.order.identity.machineId,
    snapshot: from.name,
    user: asked.user ?? 'daytona',
    env,
    labels: asked.labels ?? {},
    public: asked.public ?? false,
    target,
    ...resources,
    autoStopInterval: asked.autoStopInterval ?? AUTO_STOP_MINUTES,
    autoArchiveInterval: asked.autoArchiveInterval ?? AUTO_ARCHIVE_MINUTES,
    autoDeleteInterval: asked.autoDeleteInterval ?? -1,
    autoDestroyAt: asked.ttlMinutes ? call.now + asked.ttlMinutes * 60_000 : null,
    createdAt: call.now,
    updatedAt: call.now,
    lastActivityAt: call.now,
    stoppedAt: null,
    rests: 'started',
    change: null,
    errorReason: null,
    recoverable: false,
    previewToken: newToken(),
    signedPreviews: [],
    ports: ordered.ports,
    order: ordered.order,
  };
  parts.file.change((state) => {
    // Two creates of one name may have waited for the host side by side.
    if (state.sandboxes.some((other) => other.name === name)) throw nameTaken(name);
    state.sandboxes.push(record);
    const used = state.snapshots.find((snapshot) => snapshot.id === from.snapshotId);
    if (used !== undefined) used.lastUsedAt = call.now;
  });
  const sandbox = await sandboxes.begin(id, 'create', (action) =>
    parts.host.create({ action, ...ordered.order }),
  );
  return { status: 200, body: sandboxes.answer(sandbox) };
}

function placeOf({ regions, faults }: DaytonaParts, { target }: CreateSandbox): string {
  const region = target ?? regions[0] ?? 'us';
  if (!regions.includes(region)) throw new Refusal(404, 'Region not found');
  if (faults.take('no-capacity', (fault) => fault.region === undefined || fault.region === region) !== null)
    throw new Refusal(400, 'No available runners');
  return region;
}

function resourcesOf(asked: CreateSandbox): typeof UNASKED {
  const resources = { ...UNASKED };
  for (const field of ['cpu', 'memory', 'disk'] as const) {
    const wanted = asked[field] ?? UNASKED[field];
    if (wanted < 1) throw new Refusal(400, `${field} must not be less than 1`);
    if (wanted > MOST[field])
      throw new Refusal(
        403,
        `${field} request ${wanted} exceeds maximum allowed per sandbox (${MOST[field]})`,
      );
    resources[field] = wanted;
  }
  return resources;
}

function assertIntervals(asked: CreateSandbox): void {
  if (asked.buildInfo !== undefined)
    throw new Refusal(400, 'buildInfo is not served here: name a snapshot instead');
  if (asked.volumes !== undefined && asked.volumes.length > 0)
    throw new Refusal(400, 'volumes are not served here');
  if (asked.autoPauseInterval)
    throw new Refusal(400, 'autoPauseInterval is for sandboxes of a class that pauses');
  for (const field of ['autoStopInterval', 'autoArchiveInterval', 'ttlMinutes'] as const)
    if ((asked[field] ?? 0) < 0) throw new Refusal(400, `${field} must not be less than 0`);
}

/** What the sandbox is made from: an image of the host, or the copy that a snapshot holds. */
async function originOf(
  { file, host }: DaytonaParts,
  wanted: string | undefined,
): Promise<{ name: string; image: string | null; copyId: string | null; snapshotId: string | null }> {
  const own = file.state.snapshots.find(({ id, name }) => id === wanted || name === wanted);
  if (own !== undefined) return ofSnapshot(own);
  let images;
  try {
    images = await host.images();
  } catch (error) {
    if (error instanceof HostProblem) throw new Refusal(500, 'No runner answers', { cause: error });
    throw error;
  }
  const image = wanted === undefined ? images[0] : images.find((each) => each.image === wanted);
  if (image === undefined)
    throw new Refusal(
      400,
      `Snapshot ${wanted ?? '(default)'} not found. Did you add it through the Daytona Dashboard?`,
    );
  return { name: image.image, image: image.image, copyId: null, snapshotId: null };
}

function ofSnapshot({
  id,
  name,
  state,
  image,
  copyId,
}: SnapshotRecord): Awaited<ReturnType<typeof originOf>> {
  if (state !== 'active') throw new Refusal(400, `Snapshot ${name} is ${state}`);
  return { name, image, copyId, snapshotId: id };
}

/** A name is free when nothing that still exists has it. */
async function assertFree(sandboxes: Sandboxes, name: string): Promise<void> {
  try {
    await sandboxes.find(name);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return;
    throw error;
  }
  throw nameTaken(name);
}

function nameTaken(name: string): Refusal {
  return new Refusal(409, `Sandbox with name ${name} already exists`);
}
