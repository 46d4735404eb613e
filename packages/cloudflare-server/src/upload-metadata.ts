/** The part `metadata` of a script's upload. */
import * as v from 'valibot';

const text = v.pipe(v.string(), v.minLength(1));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z_$][\w$]*$/, 'expected an identifier'));

/** The kinds of binding that this server knows; any other is refused, because nobody checked what it needs. */
export const Binding = v.variant('type', [
  v.strictObject({ type: v.literal('plain_text'), name, text: v.string() }),
  v.strictObject({ type: v.literal('secret_text'), name, text }),
  v.strictObject({
    type: v.literal('durable_object_namespace'),
    name,
    class_name: text,
    script_name: v.optional(text),
    environment: v.optional(text),
    namespace_id: v.optional(text),
  }),
  v.strictObject({
    type: v.literal('r2_bucket'),
    name,
    bucket_name: text,
    jurisdiction: v.optional(text),
  }),
  v.strictObject({ type: v.literal('analytics_engine'), name, dataset: text }),
  v.strictObject({
    type: v.literal('ratelimit'),
    name,
    namespace_id: v.pipe(v.string(), v.regex(/^[1-9]\d*$/)),
    simple: v.strictObject({
      limit: v.pipe(v.number(), v.integer(), v.minValue(1)),
      period: v.picklist([10, 60]),
    }),
  }),
  v.strictObject({ type: v.literal('assets'), name }),
  v.strictObject({
    type: v.literal('service'),
    name,
    service: text,
    entrypoint: v.optional(text),
  }),
  v.strictObject({ type: v.literal('version_metadata'), name }),
]);
export type Binding = v.InferOutput<typeof Binding>;

const classes = v.optional(v.array(text), []);

/** One step of the life of object classes. */
export const Migrations = v.strictObject({
  old_tag: v.optional(text),
  new_tag: v.optional(text),
  new_classes: classes,
  new_sqlite_classes: classes,
  deleted_classes: classes,
  renamed_classes: v.optional(v.array(v.strictObject({ from: text, to: text })), []),
  transferred_classes: v.optional(v.array(v.never()), []),
});
export type Migrations = v.InferOutput<typeof Migrations>;

export const UploadMetadata = v.strictObject({
  main_module: text,
  compatibility_date: v.pipe(v.string(), v.isoDate()),
  compatibility_flags: v.optional(v.array(text), []),
  bindings: v.optional(v.array(Binding), []),
  migrations: v.optional(Migrations),
  tags: v.optional(v.array(text), []),
  observability: v.optional(v.looseObject({ enabled: v.optional(v.boolean()) })),
  logpush: v.optional(v.boolean()),
  assets: v.optional(
    v.strictObject({
      jwt: v.optional(text),
      keep_assets: v.optional(v.boolean()),
      config: v.optional(v.record(v.string(), v.unknown())),
    }),
  ),
  placement: v.optional(v.record(v.string(), v.unknown())),
  limits: v.optional(v.record(v.string(), v.unknown())),
  tail_consumers: v.optional(v.array(v.unknown())),
  annotations: v.optional(v.record(v.string(), v.string())),
});
export type UploadMetadata = v.InferOutput<typeof UploadMetadata>;
