/** What a machine and its project say to each other before something disruptive is done. */
import type { Level, StepReason, VersionSet } from '@fettle/contract';

/** Leave is asked for one step of one incident, and is good for no other. */
export type PermitRequest = {
  level: Level;
  /** Names the step within its machine: `<incident>/<level>/<attempt>`. Asking again for it costs no budget twice. */
  step: string;
  /** The host that has the machine; `null` where a provider does not tell. */
  host: string | null;
  /** The provider says that the machine, which was there, does not exist. */
  gone: boolean;
  /** What the machine runs: recovery of machines whose versions are to blame goes in waves. */
  versions: VersionSet | null;
};

/** Why leave is not given. */
export type PermitRefusal = Extract<
  StepReason,
  'storm-guard' | 'mass-absence' | 'project-budget' | 'version-quarantined'
>;

/** Leave to act, as a lease, or why there is none now. */
export type PermitAnswer =
  | { granted: true; expiresAt: number }
  | { granted: false; reason: PermitRefusal; message: string };
