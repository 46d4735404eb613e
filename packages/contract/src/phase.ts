import * as v from 'valibot';

/**
 * Where a machine is in its life.
 * `new` nothing asked yet · `provisioning` being created · `starting` created, not yet seen healthy · `healthy` ·
 * `suspect` failed checks, not yet an incident · `recovering` an incident is open and the ladder is climbed ·
 * `settling` a level worked, must stay healthy for the settle time · `stopping`, `stopped` asked for ·
 * `bricked` given up on, being substituted · `retired` replaced, fenced, waiting for clean-up · `destroyed`.
 */
export const Phase = v.picklist([
  'new',
  'provisioning',
  'starting',
  'healthy',
  'suspect',
  'recovering',
  'settling',
  'stopping',
  'stopped',
  'bricked',
  'retired',
  'destroyed',
]);
export type Phase = v.InferOutput<typeof Phase>;

/** What somebody wants of a machine. */
export const DesiredState = v.picklist(['running', 'stopped', 'retired', 'destroyed']);
export type DesiredState = v.InferOutput<typeof DesiredState>;
