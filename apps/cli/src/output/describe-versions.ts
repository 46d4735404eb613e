import type { MachineView } from '@fettle/contract/machine-view';
import type { ProjectView } from '@fettle/contract/project-view';
import type { VersionSet } from '@fettle/contract/version-set';
import { formatAge } from './age.ts';
import { PROVEN_COLUMNS, provenRow, QUARANTINE_COLUMNS, quarantineRow } from './describe-quarantines.ts';
import { shortImage } from './fleet-rows.ts';
import { sameVersions } from './same-versions.ts';
import { renderTable } from './table.ts';

const LEDGER_COLUMNS = ['', 'state', 'platform', 'customer', 'image', 'healthy', 'first seen', 'last seen'];

/** What is known of versions: on this machine, then in its project. `*` marks what the machine runs. */
export function describeVersions(
  { ledger, versions, now }: Pick<MachineView, 'ledger' | 'versions' | 'now'>,
  { proven, quarantines }: Pick<ProjectView, 'proven' | 'quarantines'>,
): string {
  const mark = (one: VersionSet): string => (sameVersions(one, versions) ? '*' : '');
  const here = ledger
    .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
    .map((entry) => [
      mark(entry.versions),
      entry.state,
      entry.versions.platform.slice(0, 12),
      entry.versions.customer.slice(0, 12),
      shortImage(entry.versions.image),
      `${entry.healthyChecks}/${entry.healthyChecks + entry.failedChecks}`,
      formatAge(entry.firstSeenAt, now),
      formatAge(entry.lastSeenAt, now),
    ]);
  const inProject = proven.map((one) => [mark(one.versions), ...provenRow(one, now)]);
  const notAnyMore = quarantines.map((one) => [mark(one.versions), ...quarantineRow(one, now)]);
  return [
    renderTable(LEDGER_COLUMNS, here),
    ...(inProject.length === 0 ? [] : [renderTable(['', ...PROVEN_COLUMNS], inProject)]),
    ...(notAnyMore.length === 0 ? [] : [renderTable(['', ...QUARANTINE_COLUMNS], notAnyMore)]),
  ].join('\n\n');
}
