import * as v from 'valibot';
import type { MachineType } from './ids.ts';

/** What machines of one type can do, and what has to be done differently for them. The conformance suite shows each. */
export const ProviderCapabilities = v.object({
  /** A machine can be given another image and keeps its disk. */
  rebuild: v.boolean(),
  /** What a copy holds: the data alone, the whole disk, or the whole machine with its system. */
  copyHolds: v.picklist(['data', 'disk', 'machine']),
  /** Whether a copy can be taken of a machine that does not run. */
  copiesWhenStopped: v.boolean(),
  /** `checksum`: we verify a copy ourselves; `provider`: the provider's word that it is complete is all there is. */
  copyVerifiedBy: v.picklist(['checksum', 'provider']),
  /**
   * What makes a repeated or late action harmless. `receiver`: it keeps a log of action ids; `lease`: a lease of the
   * provider fences every change, and our journal knows what was done; `journal`: our journal alone.
   */
  fencing: v.picklist(['receiver', 'lease', 'journal']),
  /** Asking a port of the machine from outside counts as use: it keeps the machine running, and billed. */
  asksKeepAwake: v.boolean(),
  /** The provider can be told where a machine is to run. */
  regions: v.boolean(),
  /** The provider tells with which code the machine ended. */
  exitCodes: v.boolean(),
  /** The provider tells when memory ran out. */
  memoryKills: v.boolean(),
  /** The provider tells which host has the machine. */
  hosts: v.boolean(),
});
export type ProviderCapabilities = v.InferOutput<typeof ProviderCapabilities>;

/**
 * By machine type. Daytona's and Fly's follow from their published APIs: Daytona's sandbox keeps its image for life and
 * counts requests to preview URLs and toolbox as activity; a Fly Machine can be updated to another image over its volume.
 */
export const CAPABILITIES: Record<MachineType, ProviderCapabilities> = {
  'local-docker': {
    rebuild: true,
    copyHolds: 'data',
    copiesWhenStopped: true,
    copyVerifiedBy: 'checksum',
    fencing: 'receiver',
    asksKeepAwake: false,
    regions: false,
    exitCodes: true,
    memoryKills: true,
    hosts: true,
  },
  daytona: {
    rebuild: false,
    copyHolds: 'machine',
    copiesWhenStopped: true,
    copyVerifiedBy: 'provider',
    fencing: 'journal',
    asksKeepAwake: true,
    regions: true,
    exitCodes: false,
    memoryKills: false,
    hosts: true,
  },
  fly: {
    rebuild: true,
    copyHolds: 'disk',
    copiesWhenStopped: true,
    copyVerifiedBy: 'provider',
    fencing: 'lease',
    asksKeepAwake: false,
    regions: true,
    exitCodes: true,
    memoryKills: true,
    hosts: false,
  },
};
