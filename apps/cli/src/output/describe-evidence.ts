import type { EvidenceBundle } from '@fettle/contract/evidence';
import { formatClock, formatDuration } from './age.ts';
import { formatFigure } from './figure.ts';
import { clean } from './table.ts';

/** Headings that belong to `evidenceRow`. */
export const EVIDENCE_COLUMNS = [
  'bundle',
  'taken (utc)',
  'incident',
  'before level',
  'parts',
  'missing',
  'saved work',
] as const;

/** The cells of a bundle. */
export function evidenceRow({
  machineId,
  id,
  takenAt,
  incident,
  level,
  parts,
  missing,
  work,
}: EvidenceBundle): string[] {
  return [
    `${machineId}/${id}`,
    formatClock(takenAt),
    String(incident),
    String(level),
    String(parts.length),
    missing.length === 0 ? '-' : String(missing.length),
    work.length === 0 ? '-' : work.map(({ repository, files }) => `${repository}: ${files} files`).join(', '),
  ];
}

/** Headings that belong to `workRows`. */
export const WORK_COLUMNS = ['bundle', 'taken (utc)', 'repository', 'files', 'size', 'on top of'] as const;

/** The cells of the work that a bundle holds, one line for each repository. */
export function workRows({ machineId, id, takenAt, work }: EvidenceBundle): string[][] {
  return work.map(({ repository, files, bytes, base }) => [
    `${machineId}/${id}`,
    formatClock(takenAt),
    repository,
    String(files),
    formatFigure(bytes, 'bytes'),
    base.slice(0, 12),
  ]);
}

/** A bundle on a screen: why it was taken, what it holds, and what it does not hold and why. */
export function describeEvidence(bundle: EvidenceBundle): string {
  const { machineId, id, incident, level, takenAt, parts, missing, work, copyAgeMs } = bundle;
  const copy =
    copyAgeMs === null
      ? 'there was no copy of its data'
      : `the newest copy of its data was ${formatDuration(copyAgeMs)} old`;
  return [
    `${machineId}/${id}  taken ${formatClock(takenAt)}, before level ${level} of incident ${incident}; ${copy}`,
    ...parts.map(({ part, bytes }) => `  ${part.padEnd(20)} ${formatFigure(bytes, 'bytes')}`),
    ...missing.map(({ part, why }) => `  ${part.padEnd(20)} missing: ${clean(why)}`),
    ...work.map(
      ({ repository, files, base, commit }) =>
        `  work in ${repository}: ${files} files on top of ${base.slice(0, 12)}, saved as ${commit.slice(0, 12)}`,
    ),
  ].join('\n');
}
