/** What a deployment must have sent; pure. Each function gives what is wrong, nothing when all is well. */
import type { Account, RecordedCall, UploadMetadata } from '@fettle/cloudflare-server';

/** What the Worker's `Env` and the settings it extends name, read from their sources. */
export type Needs = { required: string[]; optional: string[] };

const FIELD = /^ {2}([A-Z][A-Z_]+)(\?)?:/gm;

/** `env`: source of the type `Env`; `settings`: sources of schemas that extend it, whose entries may all be left out. */
export function needsOf(env: string, settings: readonly string[]): Needs {
  const fields = [...env.matchAll(FIELD)].map(([, name = '', mark]) => ({ name, optional: mark === '?' }));
  const more = settings.flatMap((source) => [...source.matchAll(FIELD)].map(([, name = '']) => name));
  return {
    required: fields.filter(({ optional }) => !optional).map(({ name }) => name),
    optional: [...new Set([...fields.filter(({ optional }) => optional).map(({ name }) => name), ...more])],
  };
}

export function bindingProblems({ bindings }: UploadMetadata, needs: Needs): string[] {
  const bound = bindings.map(({ name }) => name);
  const known = [...needs.required, ...needs.optional, 'FETTLE_RELEASE'];
  return [
    ...needs.required
      .filter((name) => !bound.includes(name))
      .map((name) => `${name} is needed and not bound`),
    ...bound.filter((name) => !known.includes(name)).map((name) => `${name} is bound and nobody knows it`),
    ...bindings
      .filter(
        (binding) => binding.type === 'plain_text' && /_(?:KEY|TOKEN)(?:_PREVIOUS)?$/.test(binding.name),
      )
      .map(({ name }) => `${name} is a secret and is bound as plain text`),
  ];
}

export function objectProblems(metadata: UploadMetadata): string[] {
  const bound = metadata.bindings.flatMap((binding) =>
    binding.type === 'durable_object_namespace' ? [binding.class_name] : [],
  );
  const made = metadata.migrations?.new_sqlite_classes ?? [];
  return bound
    .filter((name) => !made.includes(name))
    .map((name) => `class ${name} is bound, and no migration makes it with SQLite`);
}

export function resourceProblems(account: Account, stage: string): string[] {
  const evidence = account.buckets[`fettle-evidence-${stage}`];
  const audit = account.buckets[`fettle-audit-${stage}`];
  const crons = account.scripts[`fettle-${stage}`]?.schedules.map(({ cron }) => cron) ?? [];
  return [
    JSON.stringify(evidence?.lifecycle).includes('"maxAge":2592000')
      ? []
      : ['evidence is not forgotten after 30 days'],
    (audit?.lock.length ?? 0) > 0 ? [] : ['what was exported of audit logs is not locked'],
    (audit?.lifecycle.length ?? 0) === 0 ? [] : ['what was exported of audit logs is forgotten'],
    crons.includes('* * * * *') ? [] : ['no cron every minute'],
    [evidence, audit].some((bucket) => bucket?.managedDomain) ? ['a bucket is public'] : [],
  ].flat();
}

export const isMutating = ({ method }: Pick<RecordedCall, 'method'>): boolean => method !== 'GET';

/** Secrets that stand in what was recorded or kept. */
export function leaks(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, value]) => text.includes(value))
    .map(([name]) => `${name} can be read`);
}
