import * as v from 'valibot';
import type { Bucket } from '../account.ts';
import { type Api, type ApiContext, checked, jsonBody, type Parts, success } from '../api.ts';
import { refusals } from '../refusal.ts';

const NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const base = '/accounts/:account/r2/buckets';

const days = v.strictObject({
  type: v.literal('Age'),
  maxAge: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
const date = v.strictObject({ type: v.literal('Date'), date: v.string() });
const transition = v.optional(v.strictObject({ condition: v.variant('type', [days, date]) }));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

const LifecycleRules = v.strictObject({
  rules: v.pipe(
    v.array(
      v.strictObject({
        id,
        enabled: v.boolean(),
        conditions: v.strictObject({ prefix: v.string() }),
        deleteObjectsTransition: transition,
        abortMultipartUploadsTransition: transition,
        storageClassTransitions: v.optional(v.array(v.unknown())),
      }),
    ),
    v.maxLength(1000),
  ),
});
const LockRules = v.strictObject({
  rules: v.pipe(
    v.array(
      v.strictObject({
        id,
        enabled: v.boolean(),
        prefix: v.optional(v.string()),
        condition: v.variant('type', [
          v.strictObject({
            type: v.literal('Age'),
            maxAgeSeconds: v.pipe(v.number(), v.integer(), v.minValue(1)),
          }),
          date,
          v.strictObject({ type: v.literal('Indefinite') }),
        ]),
      }),
    ),
    v.maxLength(1000),
  ),
});

/** R2: buckets, their lifecycle and their locks. What is in them is not kept here. */
export function bucketRoutes(api: Api, { store }: Parts): void {
  const { buckets } = store.account;
  const bucketOf = (c: ApiContext): Bucket => {
    const bucket = buckets[c.req.param('bucket') ?? ''];
    if (bucket === undefined) throw refusals.noBucket();
    return bucket;
  };

  api.get(base, (c) => success(c, { buckets: Object.values(buckets).map(view) }));
  api.post(base, async (c) => {
    const body = await jsonBody(c, v.looseObject({ name: v.string(), locationHint: v.optional(v.string()) }));
    if (!NAME.test(body.name)) throw refusals.badBucketName(body.name);
    if (body.name in buckets) throw refusals.bucketExists();
    const bucket: Bucket = {
      name: body.name,
      createdAt: new Date().toISOString(),
      location: (body.locationHint ?? 'WEUR').toUpperCase(),
      jurisdiction: c.req.header('cf-r2-jurisdiction') ?? 'default',
      managedDomain: false,
      lifecycle: [],
      lock: [],
    };
    buckets[body.name] = bucket;
    store.save();
    return success(c, view(bucket));
  });
  api.get(`${base}/:bucket`, (c) => success(c, view(bucketOf(c))));
  api.delete(`${base}/:bucket`, (c) => {
    delete buckets[bucketOf(c).name];
    store.save();
    return success(c, {});
  });
  api.get(`${base}/:bucket/objects`, (c) => {
    bucketOf(c);
    return success(c, [], { info: { is_truncated: false, cursor: '' } });
  });

  for (const { path, schema, field } of [
    { path: 'lifecycle', schema: LifecycleRules, field: 'lifecycle' },
    { path: 'lock', schema: LockRules, field: 'lock' },
  ] as const) {
    api.get(`${base}/:bucket/${path}`, (c) => success(c, { rules: bucketOf(c)[field] }));
    api.put(`${base}/:bucket/${path}`, async (c) => {
      const bucket = bucketOf(c);
      const { rules } = checked(schema, await jsonBody(c, v.unknown()), refusals.badRules);
      const ids = rules.map((rule) => rule.id);
      if (new Set(ids).size < ids.length) throw refusals.badRules('two rules have the same id');
      bucket[field] = rules;
      store.save();
      return success(c, {});
    });
  }

  api.put(`${base}/:bucket/domains/managed`, async (c) => {
    const bucket = bucketOf(c);
    const { enabled } = await jsonBody(c, v.strictObject({ enabled: v.boolean() }));
    bucket.managedDomain = enabled;
    store.save();
    return success(c, { bucketId: bucket.name, domain: `pub-${bucket.name}.r2.dev`, enabled });
  });
}

function view({ name, createdAt, location, jurisdiction }: Bucket) {
  return { name, creation_date: createdAt, location, jurisdiction, storage_class: 'Standard' };
}
