import type { VersionSet } from '@fettle/contract/version-set';

/** Whether two version sets are the same in all three parts. */
export function sameVersions(a: VersionSet, b: VersionSet | null): boolean {
  return b !== null && a.image === b.image && a.platform === b.platform && a.customer === b.customer;
}
