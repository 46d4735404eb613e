/**
 * How a machine is told who it is where its provider can put nothing on its disk before the first start: by environment
 * variables of its first process. The runtime writes them to the disk and keeps them from everything that it starts.
 */
import * as v from 'valibot';
import { MachineCredentials, MachineSpec } from './machine-spec.ts';

/** Holds a `MachineSpec` as JSON. */
export const MACHINE_VARIABLE = 'FETTLE_MACHINE_JSON';
/** Holds `MachineCredentials` as JSON. */
export const CREDENTIALS_VARIABLE = 'FETTLE_CREDENTIALS_JSON';

/** The two variables, read. */
export const BootEnvironment = v.object({
  [MACHINE_VARIABLE]: v.pipe(v.string(), v.parseJson(), MachineSpec),
  [CREDENTIALS_VARIABLE]: v.pipe(v.string(), v.parseJson(), MachineCredentials),
});
export type BootEnvironment = v.InferOutput<typeof BootEnvironment>;
