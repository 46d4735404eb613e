import { HostBackend } from '@fettle/contract/host-agent';
import { DurationMs } from '@fettle/contract/ids';
import * as v from 'valibot';
import { Provider } from '../connection/provider.ts';

/** What a warden is started with: one JSON argument. Holds no secret. */
export const WardenOptions = v.object({
  /** State folder of the fleet. */
  state: v.string(),
  /** Port of the control plane; `null`: that of the last start, else the default; 0: any free one. */
  port: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535))),
  backend: v.picklist(['auto', ...HostBackend.options]),
  /** `null`: that of the last start, else `local`. A fleet keeps its provider for life. */
  provider: v.nullable(Provider),
  /** Name of the first project. */
  project: v.string(),
  /** How often machines report what they measure, kept by an analytics engine; `null`: nothing keeps it. */
  metrics: v.nullable(v.object({ everyMs: DurationMs })),
});
export type WardenOptions = v.InferOutput<typeof WardenOptions>;

/** Steps of a start, in order; `analytics` runs beside the two after it. */
export const StartStep = v.picklist([
  'leftovers',
  'image',
  'repositories',
  'analytics',
  'host',
  'provider',
  'control-plane',
]);
export type StartStep = v.InferOutput<typeof StartStep>;

/** What a warden tells its owner over their channel. The channel's end tells the warden to stop. */
export const WardenMessage = v.variant('type', [
  v.object({ type: v.literal('step'), step: StartStep, tookMs: v.number(), detail: v.string() }),
  v.object({
    type: v.literal('running'),
    url: v.string(),
    backend: HostBackend,
    /** Why it is this backend. */
    backendReason: v.string(),
    hostId: v.string(),
    provider: Provider,
    /** Address of the contract server; `null` for local machines. */
    providerUrl: v.nullable(v.string()),
    /** SQL API of what machines measure; `null` where nothing keeps it. */
    sqlUrl: v.nullable(v.string()),
    /** Newest commits of the two repositories. */
    heads: v.object({ platform: v.string(), customer: v.string() }),
  }),
  /** A part died or hung and is being started again, or answers again. */
  v.object({ type: v.literal('trouble'), part: v.string(), message: v.string() }),
  v.object({
    type: v.literal('failed'),
    exitCode: v.number(),
    message: v.string(),
    hint: v.nullable(v.string()),
  }),
]);
export type WardenMessage = v.InferOutput<typeof WardenMessage>;
