import * as v from 'valibot';
import { ServiceName, Timestamp } from './ids.ts';

/** Where a service is in its life, as pidnap sees it. */
export const ServiceState = v.picklist([
  'pending',
  'blocked',
  'starting',
  'running',
  'stopping',
  'backing-off',
  'scheduled',
  'stopped',
  'completed',
  'failed',
]);
export type ServiceState = v.InferOutput<typeof ServiceState>;

/** One service of a machine, the daemon included. */
export const ServiceStatus = v.object({
  name: ServiceName,
  state: ServiceState,
  /** Result of the service's own health check; `unknown` before the first one. */
  health: v.picklist(['unknown', 'healthy', 'unhealthy']),
  /** Starts after the first one, since pidnap's own start. */
  restarts: v.pipe(v.number(), v.integer(), v.minValue(0)),
  pid: v.nullable(v.pipe(v.number(), v.integer())),
  exitCode: v.nullable(v.pipe(v.number(), v.integer())),
  signal: v.nullable(v.pipe(v.string(), v.maxLength(16))),
  /** Start of the present run, by the machine's clock; only displayed, never compared with ours. */
  startedAt: v.nullable(Timestamp),
  /** Why the service is in this state, for people. */
  reason: v.nullable(v.pipe(v.string(), v.maxLength(500))),
});
export type ServiceStatus = v.InferOutput<typeof ServiceStatus>;

/** How a project asks for one service of its machines. */
export const ServiceSpec = v.strictObject({
  name: ServiceName,
  /** Program and arguments, run in the customer's checkout with PORT and DATA_DIR set. */
  command: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.minLength(1), v.maxLength(50)),
  /** Port the service listens on inside a container; plain processes get a free one in PORT. */
  port: v.pipe(v.number(), v.integer(), v.minValue(1024), v.maxValue(65535)),
  /** Path that answers 2xx when the service works. */
  healthPath: v.optional(
    v.pipe(v.string(), v.regex(/^\/[\w./-]*$/, 'expected a path such as /healthz')),
    '/healthz',
  ),
  /** Restarts that pidnap makes by itself within `withinMs` before it gives the service up. */
  restartBudget: v.optional(
    v.strictObject({
      maxRestarts: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000)),
      withinMs: v.pipe(v.number(), v.integer(), v.minValue(1000)),
    }),
    { maxRestarts: 5, withinMs: 60_000 },
  ),
});
export type ServiceSpec = v.InferOutput<typeof ServiceSpec>;
