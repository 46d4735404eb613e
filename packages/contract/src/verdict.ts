import * as v from 'valibot';

/** Why a check said what it said. Stable; the message beside it is for people. */
export const VerdictCode = v.picklist([
  'service-down',
  'service-restarting',
  'service-unhealthy',
  'service-not-answering',
  'daemon-down',
  'daemon-not-answering',
  'pidnap-not-answering',
  'machine-stopped',
  'machine-paused',
  'machine-gone',
  'report-late',
  'starting',
  'provider-unknown',
  'just-returned',
  'no-evidence',
]);
export type VerdictCode = v.InferOutput<typeof VerdictCode>;

/** One finding of a check. */
export const Finding = v.object({
  code: VerdictCode,
  /** The service it is about, where there is one. */
  service: v.nullable(v.string()),
  message: v.string(),
});
export type Finding = v.InferOutput<typeof Finding>;

/** What one check concluded. `unknown` is no evidence: it neither counts as a failed check nor as a good one. */
export const Verdict = v.object({
  health: v.picklist(['healthy', 'unhealthy', 'unknown']),
  findings: v.array(Finding),
});
export type Verdict = v.InferOutput<typeof Verdict>;
