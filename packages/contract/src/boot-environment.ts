/**
 * How a machine is told who it is where its provider can put nothing on its disk before the first start: by an environment
 * variable of its first process. The runtime writes it to the disk and keeps it from everything that it starts. No secret
 * goes this way: the bootstrap token is put into a file (`BOOTSTRAP_PATH`).
 */
import * as v from 'valibot';
import { MachineSpec } from './machine-spec.ts';

/** Holds a `MachineSpec` as JSON. */
export const MACHINE_VARIABLE = 'FETTLE_MACHINE_JSON';
/** Where a cloud's provider puts a `BootstrapFile`: outside of the disk that copies are made of. */
export const BOOTSTRAP_PATH = '/tmp/fettle/bootstrap.json';

/** The variable, read. */
export const BootEnvironment = v.object({
  [MACHINE_VARIABLE]: v.pipe(v.string(), v.parseJson(), MachineSpec),
});
export type BootEnvironment = v.InferOutput<typeof BootEnvironment>;
