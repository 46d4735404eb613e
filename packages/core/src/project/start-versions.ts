/** What a new machine starts with. Never versions that are quarantined, as far as their names tell. */
import type { MachineTemplate, VersionRefs } from '@fettle/contract';
import { leadsTo, namesOf } from './named-versions.ts';
import type { ProjectRecord } from './record.ts';
import { isQuarantined } from './slot-state.ts';

export type StartVersions = { versions: VersionRefs; image: string | null };

/**
 * What is wanted, unless it is or may be quarantined; then the newest that is proven. A branch may lead anywhere: it is
 * taken where nothing is proven. `null`: all there is, is quarantined.
 */
export function startVersions(record: ProjectRecord, wanted: StartVersions): StartVersions | null {
  const risk = quarantineRisk(record, wanted);
  if (risk === 'none') return wanted;
  const proven = record.proven.find(({ versions }) => !isQuarantined(record, versions));
  if (proven !== undefined) {
    const { refs, image } = namesOf(proven.versions);
    return { versions: refs, image };
  }
  return risk === 'maybe' ? wanted : null;
}

/** Whether new machines of this template would start with quarantined versions, as far as full hashes tell. */
export function startsQuarantined(
  record: Pick<ProjectRecord, 'quarantines'>,
  { versions, image }: Pick<MachineTemplate, 'versions' | 'image'>,
): boolean {
  return quarantineRisk(record, { versions, image }) === 'sure';
}

function quarantineRisk(
  { quarantines }: Pick<ProjectRecord, 'quarantines'>,
  { versions, image }: StartVersions,
): 'none' | 'maybe' | 'sure' {
  const answers = quarantines.map((one) => leadsToWithAnyImage({ versions, image }, one.versions));
  if (answers.includes('yes')) return 'sure';
  return answers.includes('maybe') ? 'maybe' : 'none';
}

/** An image that nobody named may be the quarantined one; the commits alone are then what tells. */
function leadsToWithAnyImage(
  { versions, image }: StartVersions,
  quarantined: Parameters<typeof leadsTo>[1],
): ReturnType<typeof leadsTo> {
  return leadsTo({ refs: versions, image: image ?? quarantined.image }, quarantined);
}
