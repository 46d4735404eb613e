import { AUDIT_MUTANTS } from './audit-mutants.ts';
import { MACHINE_MUTANTS } from './machine-mutants.ts';
import type { Mutant } from './mutant.ts';
import { OBJECT_MUTANTS } from './object-mutants.ts';
import { PROJECT_MUTANTS } from './project-mutants.ts';
import { VERSION_MUTANTS } from './version-mutants.ts';

/** All mutants; every name is used once. */
export const MUTANTS: Mutant[] = [
  ...AUDIT_MUTANTS,
  ...MACHINE_MUTANTS,
  ...PROJECT_MUTANTS,
  ...OBJECT_MUTANTS,
  ...VERSION_MUTANTS,
];
