import * as v from 'valibot';
import { onlyOrigin } from '../../outgoing/allow-target.ts';
import { CloudApi } from '../cloud/cloud-api.ts';
import type { SendRequest } from '../cloud/cloud-means.ts';
import type { Limit } from '../cloud/request-limits.ts';
import { ExecAnswer, FlyMachine, Lease, Regions, Volume, VolumeSnapshot } from './machine.ts';
import type { MachineCall } from './next-call.ts';
import { flyWords } from './refusal-words.ts';

/** Where Fly's Machines API is and which app is ours there. */
export type FlyAccess = {
  /** Base URL, such as https://api.machines.dev/v1. */
  url: string;
  token: string;
  app: string;
};

/** The header that proves a lease. */
const NONCE = 'fly-machine-lease-nonce';

/** Each action on one machine, or on one app, has a limit of its own (Fly's docs, "Working with the Machines API"). */
const perAction = (action: string, of: string): Limit => ({
  name: `${action} ${of}`,
  rate: { perSecond: 1, burst: 3 },
  header: null,
});
const perLook = (of: string): Limit => ({
  name: `get ${of}`,
  rate: { perSecond: 5, burst: 10 },
  header: null,
});

const CALLS: Record<MachineCall, { method: 'POST' | 'DELETE'; below: string; body?: unknown }> = {
  start: { method: 'POST', below: '/start' },
  // As long as our own hosts give a machine to stop by itself.
  stop: { method: 'POST', below: '/stop', body: { signal: 'SIGTERM', timeout: '12s' } },
  restart: { method: 'POST', below: '/restart?timeout=12s' },
  delete: { method: 'DELETE', below: '?force=true' },
};

/** The calls of Fly's published API that we need, in one app. */
export class FlyApi {
  private readonly api: CloudApi;
  private readonly app: string;

  constructor({ url, token, app }: FlyAccess, { timeoutMs, send }: { timeoutMs: number; send: SendRequest }) {
    const allow = onlyOrigin(url);
    this.api = new CloudApi({ name: 'Fly', url, allow, key: token, timeoutMs, words: flyWords, send });
    this.app = `/apps/${encodeURIComponent(app)}`;
  }

  machine(id: string): Promise<FlyMachine | null> {
    return this.api.find({ method: 'GET', path: this.path(id), limits: [perLook(id)], answer: FlyMachine });
  }

  /** What the list shows of a region; it lags behind, so that what it leaves out may be there. */
  machines(region: string | null): Promise<FlyMachine[]> {
    const filter = region === null ? '' : `?region=${encodeURIComponent(region)}`;
    const limits = [perAction('list', this.app)];
    const answer = v.array(FlyMachine);
    return this.api.call({ method: 'GET', path: `${this.app}/machines${filter}`, limits, answer });
  }

  create(body: Record<string, unknown>, secrets: readonly string[]): Promise<FlyMachine> {
    const limits = [perAction('create', this.app)];
    return this.api.call({
      method: 'POST',
      path: `${this.app}/machines`,
      body,
      limits,
      answer: FlyMachine,
      secrets,
    });
  }

  /** Replaces the whole config, if it is still the version that was read. */
  async update(id: string, body: Record<string, unknown>, nonce: string): Promise<void> {
    await this.api.call({
      method: 'POST',
      path: this.path(id),
      body,
      headers: { [NONCE]: nonce },
      limits: [perAction('update', id)],
      answer: FlyMachine,
    });
  }

  /** Sends a call that changes a machine; what became of it is for the next look. */
  async change(id: string, call: MachineCall, nonce: string): Promise<void> {
    const { method, below, body } = CALLS[call];
    const path = `${this.path(id)}${below}`;
    const limits = [perAction(call, id)];
    await this.api.call({ method, path, body, headers: { [NONCE]: nonce }, limits, answer: v.unknown() });
  }

  /** A new lease, or with `nonce` more time for the one that has it. */
  async lease(id: string, order: { ttl: number; description: string }, nonce: string | null): Promise<Lease> {
    return this.api.call({
      method: 'POST',
      path: `${this.path(id)}/lease`,
      body: order,
      headers: nonce === null ? {} : { [NONCE]: nonce },
      limits: [perAction('lease', id)],
      answer: Lease,
    });
  }

  presentLease(id: string): Promise<Lease | null> {
    const limits = [perAction('show-lease', id)];
    return this.api.find({ method: 'GET', path: `${this.path(id)}/lease`, limits, answer: Lease });
  }

  async release(id: string, nonce: string): Promise<void> {
    const limits = [perAction('release', id)];
    const headers = { [NONCE]: nonce };
    await this.api.find({
      method: 'DELETE',
      path: `${this.path(id)}/lease`,
      headers,
      limits,
      answer: v.unknown(),
    });
  }

  /** Fly counts it as a change: while somebody has a lease, `nonce` is needed. */
  exec(
    id: string,
    body: { command: string[]; timeout: number },
    { timeoutMs, nonce }: { timeoutMs: number; nonce: string | null },
  ): Promise<ExecAnswer> {
    return this.api.call({
      method: 'POST',
      path: `${this.path(id)}/exec`,
      body,
      headers: nonce === null ? {} : { [NONCE]: nonce },
      limits: [perAction('exec', id)],
      answer: ExecAnswer,
      timeoutMs,
    });
  }

  createVolume(body: Record<string, unknown>): Promise<Volume> {
    const limits = [perAction('create-volume', this.app)];
    return this.api.call({ method: 'POST', path: `${this.app}/volumes`, body, limits, answer: Volume });
  }

  volume(id: string): Promise<Volume | null> {
    return this.api.find({ method: 'GET', path: this.volumePath(id), limits: [perLook(id)], answer: Volume });
  }

  volumes(): Promise<Volume[]> {
    const limits = [perAction('list-volumes', this.app)];
    return this.api.call({ method: 'GET', path: `${this.app}/volumes`, limits, answer: v.array(Volume) });
  }

  async removeVolume(id: string): Promise<void> {
    const limits = [perAction('delete-volume', id)];
    await this.api.find({ method: 'DELETE', path: this.volumePath(id), limits, answer: v.unknown() });
  }

  snapshots(volumeId: string): Promise<VolumeSnapshot[]> {
    const path = `${this.volumePath(volumeId)}/snapshots`;
    return this.api.call({ method: 'GET', path, limits: [perLook(path)], answer: v.array(VolumeSnapshot) });
  }

  async takeSnapshot(volumeId: string): Promise<void> {
    const path = `${this.volumePath(volumeId)}/snapshots`;
    await this.api.call({
      method: 'POST',
      path,
      limits: [perAction('snapshot', volumeId)],
      answer: v.unknown(),
    });
  }

  async regions(): Promise<string[]> {
    const limits = [perAction('regions', this.app)];
    const { regions } = await this.api.call({
      method: 'GET',
      path: '/platform/regions',
      limits,
      answer: Regions,
    });
    return regions.map(({ code }) => code);
  }

  private path(id: string): string {
    return `${this.app}/machines/${encodeURIComponent(id)}`;
  }

  private volumePath(id: string): string {
    return `${this.app}/volumes/${encodeURIComponent(id)}`;
  }
}
