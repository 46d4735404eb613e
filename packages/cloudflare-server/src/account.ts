import type { UploadMetadata } from './upload-metadata.ts';

/** One module of an upload; its bytes are kept under their digest. */
export type StoredModule = { name: string; type: string; bytes: number; sha256: string };

/** An upload of a script that was taken. */
export type ScriptVersion = {
  id: string;
  number: number;
  createdAt: string;
  metadata: UploadMetadata;
  modules: StoredModule[];
  /** Paths of static assets, and the digests of their content; `null`: there are none. */
  assets: Record<string, string> | null;
  /** Migration tag that objects had when it was uploaded. */
  migrationTag: string | null;
};

export type Script = {
  name: string;
  createdAt: string;
  modifiedAt: string;
  versions: ScriptVersion[];
  /** Which versions answer, the newest deployment last; percentages of one add up to 100. */
  deployments: {
    id: string;
    createdAt: string;
    versions: { versionId: string; percentage: number }[];
  }[];
  migrationTag: string | null;
  /** Classes that have objects, and the ids of their namespaces. */
  classes: Record<string, { namespaceId: string; sqlite: boolean }>;
  schedules: { cron: string; createdAt: string }[];
  subdomain: { enabled: boolean; previewsEnabled: boolean };
};

export type Bucket = {
  name: string;
  createdAt: string;
  location: string;
  jurisdiction: string;
  managedDomain: boolean;
  lifecycle: Record<string, unknown>[];
  lock: Record<string, unknown>[];
};

export type Domain = { id: string; hostname: string; zoneId: string; service: string; environment: string };

/** Everything an account has, as it is kept on the disk. */
export type Account = {
  id: string;
  subdomain: string;
  zones: { id: string; name: string }[];
  scripts: Record<string, Script>;
  buckets: Record<string, Bucket>;
  domains: Record<string, Domain>;
  /** Digests of the assets that were uploaded. */
  assets: string[];
};

/** An account in which nothing was deployed yet. */
export function emptyAccount(id: string): Account {
  return {
    id,
    subdomain: 'rehearsal',
    zones: [{ id: '0'.repeat(31) + '1', name: 'fettle.example' }],
    scripts: {},
    buckets: {},
    domains: {},
    assets: [],
  };
}

/** The version that all requests get, or the one that gets most of them. */
export function activeVersion(script: Script): ScriptVersion {
  const shares = script.deployments.at(-1)?.versions ?? [];
  const most = shares.toSorted((a, b) => b.percentage - a.percentage)[0];
  const version = script.versions.find(({ id }) => id === most?.versionId);
  if (version === undefined) throw new Error(`script ${script.name} has no version that is deployed`);
  return version;
}
