import * as v from 'valibot';

/** What one project may use at the most; an administrator of the whole deployment says. */
export const Quota = v.strictObject({
  /** Machines that are there at once, those of plans that replace others included. */
  machines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 600),
  /** Commands of operators to the project and its machines within any hour. */
  commandsPerHour: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)), 2000),
});
export type Quota = v.InferOutput<typeof Quota>;

/** A quota with what is used of it now. */
export const QuotaView = v.object({
  ...Quota.entries,
  used: v.object({ machines: v.number(), commandsThisHour: v.number() }),
});
export type QuotaView = v.InferOutput<typeof QuotaView>;
