/** How a test or a drill makes a server misbehave, and what it can ask it afterwards. */
import * as v from 'valibot';

/** Below this path, with the server's own key. */
export const TEST_PATH = '/_test';

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000));
/** How many calls it is for; left out: until it is taken back. */
const times = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));
/** The published operationId; left out: every operation of the API. */
const operation = v.optional(v.string());
/** The provider's id of a machine, its name, or its id at Fettle. */
const machine = v.pipe(v.string(), v.minLength(1));

/** One way to misbehave. */
export const Fault = v.variant('kind', [
  /** Answers later. */
  v.strictObject({ kind: v.literal('slow'), ms: milliseconds, operation, times }),
  /** Answers this instead of doing anything. */
  v.strictObject({
    kind: v.literal('refuse'),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    body: v.unknown(),
    operation,
    times,
  }),
  /** Answers a page of HTML, as something between us and the API would. */
  v.strictObject({
    kind: v.literal('html'),
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)), 502),
    operation,
    times,
  }),
  /** Does what is asked, and cuts the connection before the answer. */
  v.strictObject({ kind: v.literal('lose-answer'), operation, times }),
  /** Allows this many calls in a window instead of the published number. */
  v.strictObject({
    kind: v.literal('rate-limit'),
    limit: v.pipe(v.number(), v.integer(), v.minValue(0)),
    operation,
  }),
  /** Lists leave the machine out. */
  v.strictObject({ kind: v.literal('hide'), machine }),
  /** Says that it does not know the machine. */
  v.strictObject({ kind: v.literal('deny'), machine }),
  /** Says that the machine is in this state. */
  v.strictObject({ kind: v.literal('claim-state'), machine, state: v.string() }),
  /** Says that the machine is in error; for Fly, that it has failed. */
  v.strictObject({
    kind: v.literal('error'),
    machine,
    reason: v.string(),
    recoverable: v.optional(v.boolean(), false),
  }),
  /** Has no room in this region; left out: nowhere. */
  v.strictObject({ kind: v.literal('no-capacity'), region: v.optional(v.string()) }),
  /** The key has expired. */
  v.strictObject({ kind: v.literal('key-expired') }),
  /** What runs the machines cannot be reached. */
  v.strictObject({ kind: v.literal('host-unreachable') }),
]);
export type Fault = v.InferOutput<typeof Fault>;
export type FaultOrder = v.InferInput<typeof Fault>;

/** A request that the server was asked, without what could be secret: no headers, no environment. */
export const RecordedRequest = v.object({
  at: v.number(),
  /** `null`: no operation of the specification. */
  operation: v.nullable(v.string()),
  method: v.string(),
  path: v.string(),
  body: v.unknown(),
  /** `null`: the connection was cut. */
  status: v.nullable(v.number()),
});
export type RecordedRequest = v.InferOutput<typeof RecordedRequest>;
