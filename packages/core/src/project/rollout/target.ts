/** What a rollout brings machines to, and whether one has come to it. */
import type { VersionRefs, VersionSet } from '@fettle/contract';
import { broughtTo, leadsTo, type NamedVersions } from '../named-versions.ts';
import type { ProjectRecord, RolloutRecord } from '../record.ts';

/** What the next machine is ordered to: what the first one resolved the target to, once that is known. */
export function orderOf({ target, versions }: RolloutRecord): {
  refs: VersionRefs | null;
  image: string | null;
} {
  const { refs, image } = target;
  if (versions === null) return { refs, image };
  return {
    refs: refs && {
      ...(refs.platform !== undefined && { platform: versions.platform }),
      ...(refs.customer !== undefined && { customer: versions.customer }),
    },
    image: image === null ? null : versions.image,
  };
}

/** Whether a machine runs what the rollout names. What it does not name may differ between machines. */
export function runsTarget(rollout: RolloutRecord, present: VersionSet | null): boolean {
  const { target, versions } = rollout;
  if (versions === null || present === null) return false;
  return (
    (target.image === null || present.image === versions.image) &&
    (target.refs?.platform === undefined || present.platform === versions.platform) &&
    (target.refs?.customer === undefined || present.customer === versions.customer)
  );
}

/** Whether a machine that runs `present` would be brought to quarantined versions, as far as full hashes tell. */
export function endsQuarantined(
  { quarantines }: Pick<ProjectRecord, 'quarantines'>,
  present: VersionSet,
  order: NamedVersions,
): boolean {
  const names = broughtTo(present, order);
  return quarantines.some(({ versions }) => leadsTo(names, versions) === 'yes');
}
