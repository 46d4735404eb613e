/** What was done, by whom: an append-only chain for each project, and one for what belongs to no project. */
import * as v from 'valibot';
import { Timestamp } from './ids.ts';

/**
 * Who did something. `root`: the deployment's own operator token. `token`: a token of operators, by its id. `person`:
 * whom Cloudflare Access let in. `machine`: a machine, about itself. `system`: Fettle by itself.
 */
export const Actor = v.strictObject({
  kind: v.picklist(['root', 'token', 'person', 'machine', 'system']),
  id: v.pipe(v.string(), v.maxLength(200)),
});
export type Actor = v.InferOutput<typeof Actor>;

/** Names a request through everything that it causes; made by the worker, told in `x-request-id`. */
export const RequestId = v.pipe(
  v.string(),
  v.regex(/^[\w-]{8,64}$/, 'expected 8 to 64 letters, digits or dashes'),
);

/** Who asked for something, and with which request. */
export const Origin = v.strictObject({ actor: Actor, requestId: RequestId });
export type Origin = v.InferOutput<typeof Origin>;

/** The longest text of `before` and `after`; what is longer is cut and says so. */
export const MAX_AUDIT_TEXT = 4000;

const change = v.nullable(v.pipe(v.string(), v.maxLength(MAX_AUDIT_TEXT)));

/** What was done, before it has its place in a chain. */
export const AuditEntry = v.strictObject({
  at: Timestamp,
  actor: Actor,
  /** The procedure that was called, such as `machines.stop`, or what the system did, such as `machine.bricked`. */
  action: v.pipe(v.string(), v.maxLength(80)),
  /** What it was done to: a project, a machine, a slot (`demo/web-1`), a token. */
  subject: v.pipe(v.string(), v.maxLength(200)),
  /** What was there and what is there now, as JSON, without secrets; `null` where there is nothing to tell. */
  before: change,
  after: change,
  requestId: v.nullable(RequestId),
});
export type AuditEntry = v.InferOutput<typeof AuditEntry>;

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** The hash before the first row. */
export const GENESIS_HASH = '0'.repeat(64);

/** A row of a chain: `hash` is the SHA-256 of `previousHash` and everything else in the row. */
export const AuditRow = v.strictObject({
  /** Counts the rows of a chain, from 1, without gaps. */
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  ...AuditEntry.entries,
  previousHash: hash,
  hash,
});
export type AuditRow = v.InferOutput<typeof AuditRow>;

/** The last row that was written to a second place, where the chain's own object cannot change it. */
export const AuditHead = v.strictObject({
  seq: v.pipe(v.number(), v.integer(), v.minValue(0)),
  hash,
  at: Timestamp,
});
export type AuditHead = v.InferOutput<typeof AuditHead>;
