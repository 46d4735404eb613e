import * as v from 'valibot';
import { onlyOrigin, type Allowed } from '../../outgoing/allow-target.ts';
import { CloudApi } from '../cloud/cloud-api.ts';
import type { SendRequest } from '../cloud/cloud-means.ts';
import type { Limit } from '../cloud/request-limits.ts';
import type { SandboxCall } from './next-call.ts';
import { daytonaWords } from './refusal-words.ts';
import { Executed, PreviewUrl, Regions, Sandbox, Snapshot } from './sandbox.ts';

/** Where Daytona's API is and who we are there. */
export type DaytonaAccess = {
  /** Base URL, such as https://app.daytona.io/api. */
  url: string;
  /** API key, or a JWT together with `organization`. */
  key: string;
  organization: string | null;
  /** Hosts that previews and toolboxes are at or below, as Daytona tells them. */
  previewHosts: readonly string[];
};

/** Limits of an organization's tier 1, a minute (Daytona's docs, "Limits"); its headers correct them. */
const perMinute = (name: string, requests: number): Limit => ({
  name,
  rate: { perSecond: requests / 60, burst: requests },
  header: name,
});
const ANY = perMinute('authenticated', 10_000);
const CREATE = perMinute('sandbox-create', 300);
const LIFECYCLE = perMinute('sandbox-lifecycle', 10_000);

const CALLS: Record<SandboxCall, { method: 'POST' | 'DELETE'; below: string }> = {
  start: { method: 'POST', below: '/start' },
  stop: { method: 'POST', below: '/stop' },
  recover: { method: 'POST', below: '/recover' },
  delete: { method: 'DELETE', below: '' },
};

/** The calls of Daytona's published API that we need, by name of the sandbox. */
export class DaytonaApi {
  /** Where Daytona is, with all that it may name. */
  readonly allow: Allowed;
  private readonly api: CloudApi;

  constructor(
    { url, key, organization, previewHosts }: DaytonaAccess,
    { timeoutMs, send }: { timeoutMs: number; send: SendRequest },
  ) {
    const headers: Record<string, string> =
      organization === null ? {} : { 'x-daytona-organization-id': organization };
    this.allow = { origins: onlyOrigin(url).origins, hosts: previewHosts };
    const { allow } = this;
    this.api = new CloudApi({
      name: 'Daytona',
      url,
      allow,
      key,
      headers,
      timeoutMs,
      words: daytonaWords,
      send,
    });
  }

  get url(): string {
    return this.api.url;
  }

  sandbox(name: string): Promise<Sandbox | null> {
    return this.api.find({ method: 'GET', path: sandboxPath(name), limits: [ANY], answer: Sandbox });
  }

  create(body: Record<string, unknown>): Promise<Sandbox> {
    const limits = [ANY, CREATE];
    return this.api.call({ method: 'POST', path: '/sandbox', body, limits, answer: Sandbox });
  }

  /** Sends a call that changes a sandbox; what became of it is for the next look. */
  async change(name: string, call: SandboxCall): Promise<void> {
    const { method, below } = CALLS[call];
    const limits = [ANY, LIFECYCLE];
    await this.api.call({ method, path: `${sandboxPath(name)}${below}`, limits, answer: v.unknown() });
  }

  /** Has a snapshot made of a sandbox. */
  async takeSnapshot(name: string, snapshot: string): Promise<void> {
    await this.api.call({
      method: 'POST',
      path: `${sandboxPath(name)}/snapshot`,
      body: { name: snapshot },
      limits: [ANY, LIFECYCLE],
      answer: v.unknown(),
    });
  }

  /** By id or name. */
  snapshot(name: string): Promise<Snapshot | null> {
    return this.api.find({ method: 'GET', path: snapshotPath(name), limits: [ANY], answer: Snapshot });
  }

  /** One that has not been used for two weeks is set aside, and has to be made active before it can be used. */
  async activateSnapshot(id: string): Promise<void> {
    const path = `${snapshotPath(id)}/activate`;
    await this.api.call({ method: 'POST', path, limits: [ANY], answer: v.unknown() });
  }

  async removeSnapshot(id: string): Promise<void> {
    await this.api.find({ method: 'DELETE', path: snapshotPath(id), limits: [ANY], answer: v.unknown() });
  }

  /** Names and ids: Daytona takes both for a region. */
  async regions(): Promise<{ id: string; name: string }[]> {
    return this.api.call({ method: 'GET', path: '/regions', limits: [ANY], answer: Regions });
  }

  async previewUrl(name: string, port: number): Promise<PreviewUrl | null> {
    const path = `${sandboxPath(name)}/ports/${port}/preview-url`;
    const way = await this.api.find({ method: 'GET', path, limits: [ANY], answer: PreviewUrl });
    if (way !== null) this.api.assertOwn(way.url);
    return way;
  }

  /** Runs a shell command inside a sandbox, through its toolbox. */
  execute(
    sandbox: Sandbox,
    body: { command: string; timeout: number },
    timeoutMs: number,
  ): Promise<Executed> {
    const path = `${toolboxOf(sandbox)}/process/execute`;
    return this.api.call({ method: 'POST', path, body, limits: [ANY], answer: Executed, timeoutMs });
  }

  /** Writes a file inside a sandbox that runs, with the folders that it needs; replaces what is there. */
  async upload(
    sandbox: Sandbox,
    { path, content, secrets }: { path: string; content: string; secrets: readonly string[] },
  ): Promise<void> {
    const body = new FormData();
    body.set('file', new File([content], path.slice(path.lastIndexOf('/') + 1)));
    await this.api.call({
      method: 'POST',
      path: `${toolboxOf(sandbox)}/files/upload-v2?path=${encodeURIComponent(path)}`,
      body,
      limits: [ANY],
      answer: v.unknown(),
      secrets,
    });
  }
}

function toolboxOf({ id, toolboxProxyUrl }: Sandbox): string {
  const base = (toolboxProxyUrl ?? 'https://proxy.app.daytona.io/toolbox').replace(/\/+$/, '');
  return `${base}/${encodeURIComponent(id)}`;
}

function sandboxPath(name: string): string {
  return `/sandbox/${encodeURIComponent(name)}`;
}

function snapshotPath(name: string): string {
  return `/snapshots/${encodeURIComponent(name)}`;
}
