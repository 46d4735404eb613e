import type { ProjectIncident, ProvenVersions, Quarantine } from '@fettle/contract/rollout';
import { formatAge, formatClock } from './age.ts';
import { formatVersions, shortImage } from './fleet-rows.ts';
import { clean } from './table.ts';

/** Headings that belong to `quarantineRow`. */
export const QUARANTINE_COLUMNS = ['quarantined', 'image', 'for', 'by', 'machines', 'why'] as const;

/** The cells of versions in quarantine. */
export function quarantineRow({ versions, since, by, machines, reason }: Quarantine, now: number): string[] {
  return [
    formatVersions(versions),
    shortImage(versions.image),
    formatAge(since, now),
    by,
    machines.join(', ') || '-',
    reason,
  ];
}

/** Headings that belong to `provenRow`. */
export const PROVEN_COLUMNS = ['proven', 'image', 'first', 'last seen', 'slots'] as const;

/** The cells of versions that were proven. */
export function provenRow({ versions, provenAt, lastSeenAt, slots }: ProvenVersions, now: number): string[] {
  return [
    formatVersions(versions),
    shortImage(versions.image),
    `${formatAge(provenAt, now)} ago`,
    `${formatAge(lastSeenAt, now)} ago`,
    slots.join(', '),
  ];
}

/** The incidents of a project, the newest first: one paragraph each. */
export function describeIncidents(incidents: readonly ProjectIncident[], now: number): string[] {
  return incidents.map(({ number, versions, machines, message, openedAt, closedAt }) =>
    [
      `project incident ${number}, ${closedAt === null ? `open for ${formatAge(openedAt, now)}` : `closed ${formatAge(closedAt, now)} ago`}`,
      `  ${clean(message)}`,
      `  versions: ${formatVersions(versions)} on ${shortImage(versions.image)}`,
      `  machines: ${machines.join(', ')}; opened ${formatClock(openedAt)}`,
    ].join('\n'),
  );
}
