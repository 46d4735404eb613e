/** What is read of Daytona's answers (API v0.205.1); fields that are not named are ignored. */
import { redact } from '@fettle/core/redaction';
import * as v from 'valibot';

const LONGEST_REASON = 500;

/** A field that is missing, empty or of another kind is as good as none. */
const optional = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.fallback(v.nullish(schema, null), null);

/** The provider's own words, as they are shown to people. */
const Reason = v.pipe(
  v.string(),
  v.transform((text) => redact(text).slice(0, LONGEST_REASON)),
);

export const Sandbox = v.object({
  id: v.string(),
  name: v.string(),
  labels: v.fallback(v.record(v.string(), v.string()), {}),
  /** One of 22, or one that this release does not know. */
  state: v.fallback(v.string(), 'unknown'),
  desiredState: optional(v.string()),
  snapshot: optional(v.string()),
  errorReason: optional(Reason),
  recoverable: optional(v.boolean()),
  runnerId: optional(v.string()),
  toolboxProxyUrl: optional(v.string()),
});
export type Sandbox = v.InferOutput<typeof Sandbox>;

export const Snapshot = v.object({
  id: v.string(),
  name: v.string(),
  state: v.fallback(v.string(), 'unknown'),
  errorReason: optional(Reason),
});
export type Snapshot = v.InferOutput<typeof Snapshot>;

export const Regions = v.array(v.object({ id: v.string(), name: v.string() }));

export const PreviewUrl = v.object({ url: v.pipe(v.string(), v.url()), token: v.string() });
export type PreviewUrl = v.InferOutput<typeof PreviewUrl>;

export const Executed = v.object({ exitCode: optional(v.number()), result: v.string() });
export type Executed = v.InferOutput<typeof Executed>;

/** Names the sandbox as one that we made: a random text that only our journal knows. */
export const MARK_LABEL = 'fettle.mark';
/** The image in a sandbox, also where it was made from a copy and `snapshot` names that. */
export const IMAGE_LABEL = 'fettle.image';
