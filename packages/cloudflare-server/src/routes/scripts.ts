import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { activeVersion, type Script, type ScriptVersion } from '../account.ts';
import { type Api, type ApiContext, checked, jsonBody, list, newId, type Parts, success } from '../api.ts';
import { exportedNames } from '../exported-names.ts';
import { migrate } from '../migrate.ts';
import { refusals } from '../refusal.ts';
import { type Binding, UploadMetadata } from '../upload-metadata.ts';

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const base = '/accounts/:account/workers';

/** Scripts: upload, settings, secrets, versions, deployments. */
export function scriptRoutes(api: Api, parts: Parts): void {
  const { store } = parts;
  const scripts = store.account.scripts;

  api.get(`${base}/scripts`, (c) => list(c, Object.values(scripts).map(summary)));
  api.get(`${base}/scripts/:name`, (c) => success(c, summary(scriptOf(c, parts))));
  // Not in the published description; alchemy asks it before it creates a script.
  api.get(`${base}/services/:name`, (c) => {
    const script = scriptOf(c, parts);
    return success(c, { id: script.name, default_environment: { script: summary(script) } });
  });

  api.put(`${base}/scripts/:name`, async (c) => {
    const name = c.req.param('name');
    if (!NAME.test(name)) throw refusals.badScriptName(name);
    const script = await upload(c, name, parts);
    return success(c, { ...summary(script), startup_time_ms: 0, deployment_id: activeVersion(script).id });
  });

  api.delete(`${base}/scripts/:name`, (c) => {
    const script = scriptOf(c, parts);
    delete scripts[script.name];
    for (const [hostname, domain] of Object.entries(store.account.domains))
      if (domain.service === script.name) delete store.account.domains[hostname];
    store.save();
    return success(c, { id: script.name });
  });

  api.get(`${base}/scripts/:name/settings`, (c) => {
    const script = scriptOf(c, parts);
    const { metadata } = activeVersion(script);
    return success(c, {
      bindings: metadata.bindings.map(withoutSecret),
      compatibility_date: metadata.compatibility_date,
      compatibility_flags: metadata.compatibility_flags,
      observability: metadata.observability,
      logpush: metadata.logpush ?? false,
      tags: metadata.tags,
    });
  });

  api.get(`${base}/scripts/:name/secrets`, (c) =>
    list(c, activeVersion(scriptOf(c, parts)).metadata.bindings.filter(isSecret).map(withoutSecret)),
  );
  // Queues are no part of a deployment of ours; alchemy asks before it removes a script.
  api.get(`${base}/scripts/:name/queue-consumers`, (c) => {
    scriptOf(c, parts);
    return list(c, []);
  });

  api.get(`${base}/scripts/:name/versions`, (c) =>
    success(c, { items: scriptOf(c, parts).versions.toReversed().map(versionView) }),
  );
  api.get(`${base}/scripts/:name/versions/:version`, (c) => {
    const version = versionOf(scriptOf(c, parts), c.req.param('version'));
    return success(c, {
      ...versionView(version),
      resources: { bindings: version.metadata.bindings.map(withoutSecret) },
    });
  });
  api.get(`${base}/scripts/:name/deployments`, (c) =>
    success(c, { deployments: scriptOf(c, parts).deployments.toReversed() }),
  );
  api.post(`${base}/scripts/:name/deployments`, async (c) => {
    const script = scriptOf(c, parts);
    const { versions } = await jsonBody(c, NewDeployment);
    for (const { version_id: id } of versions) {
      const { migrationTag, metadata } = versionOf(script, id);
      // A version from before a migration has no code for classes that have objects now.
      if (migrationTag !== script.migrationTag || !hasAllClasses(script, metadata))
        throw refusals.badDeployment('a migration lies between this version and the present objects');
    }
    const deployment = {
      id: randomUUID(),
      createdAt: new Date().toISOString(),
      versions: versions.map(({ version_id, percentage }) => ({ versionId: version_id, percentage })),
    };
    script.deployments.push(deployment);
    store.save();
    return success(c, deployment);
  });
}

const NewDeployment = v.object({
  strategy: v.literal('percentage'),
  versions: v.pipe(
    v.array(v.object({ version_id: v.string(), percentage: v.pipe(v.number(), v.minValue(0)) })),
    v.minLength(1),
    v.maxLength(2),
    v.check(
      (versions) => versions.reduce((sum, { percentage }) => sum + percentage, 0) === 100,
      'expected percentages that add up to 100',
    ),
  ),
});

/** The script that a path names. */
export function scriptOf(c: ApiContext, { store }: Parts): Script {
  const script = store.account.scripts[c.req.param('name') ?? ''];
  if (script === undefined) throw refusals.noScript();
  return script;
}

async function upload(c: ApiContext, name: string, parts: Parts): Promise<Script> {
  const { store } = parts;
  const form = await c.req.formData().catch(() => {
    throw refusals.badUpload('expected multipart/form-data');
  });
  const metadata = checked(UploadMetadata, await metadataPart(form), refusals.badUpload);
  const now = new Date().toISOString();
  if (metadata.compatibility_date > now.slice(0, 10))
    throw refusals.badUpload(`Can't set compatibility date in the future: ${metadata.compatibility_date}`);
  assertBindings(metadata, parts);

  const modules = [];
  for (const [moduleName, part] of form.entries()) {
    if (moduleName === 'metadata' || typeof part === 'string') continue;
    const bytes = new Uint8Array(await part.arrayBuffer());
    modules.push({ name: moduleName, type: part.type, bytes: bytes.byteLength, sha256: store.put(bytes) });
  }
  c.set('body', { metadata, modules });
  const main = modules.find((module) => module.name === metadata.main_module);
  if (main === undefined) throw refusals.badUpload(`No such module "${metadata.main_module}"`);
  const exported = exportedNames(Buffer.from(store.get(main.sha256)).toString('utf8'));

  const present = store.account.scripts[name];
  if (
    present?.subdomain.previewsEnabled &&
    metadata.bindings.some(({ type }) => type === 'durable_object_namespace')
  )
    throw refusals.previewsWithObjects();
  const after = migrate(
    { classes: present?.classes ?? {}, tag: present?.migrationTag ?? null },
    metadata,
    exported,
    () => newId(),
  );
  const assets = assetsOf(metadata, name, parts, present);

  const script = present ?? newScript(name, now);
  const version: ScriptVersion = {
    id: randomUUID(),
    number: script.versions.length + 1,
    createdAt: now,
    metadata,
    modules,
    assets,
    migrationTag: after.tag,
  };
  script.versions.push(version);
  script.deployments.push({
    id: randomUUID(),
    createdAt: now,
    versions: [{ versionId: version.id, percentage: 100 }],
  });
  Object.assign(script, { classes: after.classes, migrationTag: after.tag, modifiedAt: now });
  store.account.scripts[name] = script;
  store.save();
  return script;
}

async function metadataPart(form: FormData): Promise<unknown> {
  const part = form.get('metadata');
  if (part === null) throw refusals.badUpload('the part "metadata" is missing');
  try {
    return JSON.parse(typeof part === 'string' ? part : await part.text()) as unknown;
  } catch {
    throw refusals.badUpload('the part "metadata" is not JSON');
  }
}

function assertBindings({ bindings, assets }: UploadMetadata, { store }: Parts): void {
  const names = bindings.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refusals.badUpload(`two bindings are named ${twice}`);
  for (const binding of bindings) {
    if (binding.type === 'r2_bucket' && !(binding.bucket_name in store.account.buckets))
      throw refusals.badUpload(`R2 bucket '${binding.bucket_name}' not found.`);
    if (binding.type === 'assets' && assets === undefined)
      throw refusals.badUpload('a binding of assets without assets');
  }
}

function assetsOf(
  { assets }: UploadMetadata,
  name: string,
  { assetsTokens }: Parts,
  present: Script | undefined,
): ScriptVersion['assets'] {
  if (assets === undefined) return null;
  if (assets.jwt === undefined) {
    if (assets.keep_assets && present !== undefined) return activeVersion(present).assets;
    throw refusals.badAssets('assets.jwt is missing');
  }
  const claims = assetsTokens.verify(assets.jwt, Date.now() / 1000);
  if (claims === null || !claims.complete || claims.script !== name) throw refusals.badAssetsToken();
  return claims.manifest;
}

function newScript(name: string, now: string): Script {
  return {
    name,
    createdAt: now,
    modifiedAt: now,
    versions: [],
    deployments: [],
    migrationTag: null,
    classes: {},
    schedules: [],
    subdomain: { enabled: false, previewsEnabled: false },
  };
}

function versionOf(script: Script, id: string): ScriptVersion {
  const version = script.versions.find((candidate) => candidate.id === id);
  if (version === undefined) throw refusals.noVersion();
  return version;
}

function hasAllClasses(script: Script, metadata: UploadMetadata): boolean {
  const bound = metadata.bindings.flatMap((binding) =>
    binding.type === 'durable_object_namespace' ? [binding.class_name] : [],
  );
  return Object.keys(script.classes).every((className) => bound.includes(className));
}

function summary(script: Script) {
  const { metadata, modules, assets } = activeVersion(script);
  return {
    id: script.name,
    created_on: script.createdAt,
    modified_on: script.modifiedAt,
    etag: modules.map(({ sha256 }) => sha256).join(''),
    has_assets: assets !== null,
    has_modules: true,
    logpush: metadata.logpush ?? false,
    tags: metadata.tags,
    usage_model: 'standard',
  };
}

function versionView({ id, number, createdAt, metadata }: ScriptVersion) {
  return {
    id,
    number,
    metadata: { created_on: createdAt, source: 'api' },
    annotations: metadata.annotations,
  };
}

function isSecret(binding: Binding): binding is Extract<Binding, { type: 'secret_text' }> {
  return binding.type === 'secret_text';
}

/** The API never gives back a secret. */
function withoutSecret(binding: Binding): Omit<Binding, 'text'> | Binding {
  if (!isSecret(binding)) return binding;
  return { type: binding.type, name: binding.name };
}
