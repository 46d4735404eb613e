import { randomUUID } from 'node:crypto';
import { HostProblem } from '../host/host-machines.ts';
import { Refusal, numberParameter, textParameter, type Call, type Handlers } from '../server/call.ts';
import { imageAnswer, regionAnswer, snapshotAnswer } from './answers.ts';
import type { DaytonaParts } from './parts.ts';
import type { SnapshotRecord } from './record.ts';
import type { Sandboxes } from './sandboxes.ts';

/** Snapshots: the host's images, which are everybody's, and copies of sandboxes. Regions beside them. */
export function snapshotHandlers(parts: DaytonaParts, sandboxes: Sandboxes): Handlers {
  const { file, host } = parts;
  const organizationId = () => file.state.organizationId;

  async function images() {
    try {
      return await host.images();
    } catch (error) {
      if (error instanceof HostProblem) throw new Refusal(500, 'No runner answers', { cause: error });
      throw error;
    }
  }

  /** Those that are being made are looked at where they are made. */
  async function own(): Promise<SnapshotRecord[]> {
    if (file.state.snapshots.some(({ state }) => state === 'snapshotting')) await sandboxes.all();
    return file.state.snapshots;
  }

  async function find(call: Call): Promise<SnapshotRecord | { image: string; createdAt: number }> {
    const wanted = textParameter(call, 'id');
    const snapshot = (await own()).find(({ id, name }) => id === wanted || name === wanted);
    const found = snapshot ?? (await images()).find(({ image }) => image === wanted);
    if (found === undefined) throw new Refusal(404, `Snapshot with ID or name ${wanted} not found`);
    return found;
  }

  const told = (found: Awaited<ReturnType<typeof find>>) =>
    'image' in found && !('id' in found)
      ? imageAnswer(found, organizationId())
      : snapshotAnswer(found as SnapshotRecord, organizationId());

  return {
    async createSandboxSnapshot(call) {
      const { name, includeMemory } = call.body as { name: string; includeMemory?: boolean };
      if (name === '') throw new Refusal(400, 'name should not be empty');
      if (includeMemory === true)
        throw new Refusal(400, 'includeMemory is for sandboxes of a class that pauses');
      const sandbox = await sandboxes.find(textParameter(call, 'sandboxIdOrName') ?? '');
      const { record, told: seen } = sandbox;
      if (record.change !== null) throw new Refusal(400, 'Sandbox state change in progress');
      if (seen.state !== 'started' && seen.state !== 'stopped')
        throw new Refusal(400, 'Sandbox is not in valid state');
      if (file.state.snapshots.some((other) => other.name === name))
        throw new Refusal(409, `Snapshot with name "${name}" already exists for this organization`);
      const snapshot: SnapshotRecord = {
        id: randomUUID(),
        name,
        sourceSandboxId: record.id,
        image: record.order.image ?? null,
        copyId: null,
        state: 'snapshotting',
        errorReason: null,
        size: null,
        cpu: record.cpu,
        mem: record.memory,
        disk: record.disk,
        createdAt: call.now,
        updatedAt: call.now,
        lastUsedAt: null,
      };
      file.change((state) => void state.snapshots.push(snapshot));
      const begun = await sandboxes.begin(
        record.id,
        'snapshot',
        (action) => host.act('copy', record.machineId, action),
        { snapshotId: snapshot.id },
      );
      return { status: 200, body: sandboxes.answer(begun) };
    },

    async getAllSnapshots(call) {
      const page = numberParameter(call, 'page') ?? 1;
      const limit = numberParameter(call, 'limit') ?? 100;
      const name = textParameter(call, 'name');
      const source = textParameter(call, 'sourceSandboxId');
      const all = [...(await own()), ...(await images())]
        .map(told)
        .filter((each) => name === undefined || each.name.includes(name))
        .filter((each) => source === undefined || each.sourceSandboxId === source)
        .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      const items = all.slice((page - 1) * limit, page * limit);
      return {
        status: 200,
        body: { items, total: all.length, page, totalPages: Math.ceil(all.length / limit) },
      };
    },

    async getSnapshot(call) {
      return { status: 200, body: told(await find(call)) };
    },

    async removeSnapshot(call) {
      const found = await find(call);
      if (!('id' in found)) throw new Refusal(403, 'A general snapshot cannot be deleted');
      file.change((state) => {
        state.snapshots = state.snapshots.filter(({ id }) => id !== found.id);
      });
      return { status: 200 };
    },

    async activateSnapshot(call) {
      await find(call);
      // Nothing here becomes inactive.
      throw new Refusal(400, 'Snapshot is already active');
    },

    listAvailableRegions: (call) => regions(call),
    listSharedRegions: (call) => regions(call),

    HealthController_live: () => ({ status: 200, body: { status: 'ok' } }),
    HealthController_check: () => ({
      status: 200,
      body: {
        status: 'ok',
        info: { database: { status: 'up' } },
        error: {},
        details: { database: { status: 'up' } },
      },
    }),
  };

  function regions(call: Call) {
    return { status: 200, body: parts.regions.map((id) => regionAnswer(id, call.now)) };
  }
}
