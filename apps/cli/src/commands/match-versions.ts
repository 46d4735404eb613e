import type { ProjectView } from '@fettle/contract/project-view';
import type { VersionSet } from '@fettle/contract/version-set';
import { CliFailure, EXIT } from '../failure.ts';
import { formatVersions, shortImage } from '../output/fleet-rows.ts';
import { sameVersions } from '../output/same-versions.ts';

/** Shorter beginnings of a hash say too little. */
const LEAST_LENGTH = 4;

/** Every version set that a project knows, each once. */
export function knownVersions(view: ProjectView): VersionSet[] {
  const all = [
    ...view.slots.map(({ versions }) => versions),
    view.rollout?.versions ?? null,
    ...view.quarantines.map(({ versions }) => versions),
    ...view.proven.map(({ versions }) => versions),
    ...view.incidents.map(({ versions }) => versions),
  ];
  return all.reduce<VersionSet[]>(
    (known, one) =>
      one === null || known.some((other) => sameVersions(other, one)) ? known : [...known, one],
    [],
  );
}

/**
 * The one set among `known` of which every part names a hash by its beginning: of the customer's commit, the platform's,
 * or the image. Throws a usage failure when there is none, or more than one.
 */
export function matchVersions(parts: readonly string[], known: readonly VersionSet[]): VersionSet {
  const short = parts.find((part) => part.length < LEAST_LENGTH);
  if (short !== undefined)
    throw new CliFailure(
      EXIT.usage,
      `"${short}" is too short: expected at least ${LEAST_LENGTH} characters of a hash`,
    );
  const found = known.filter((versions) => parts.every((part) => isNamedBy(versions, part)));
  if (found.length === 1) return found[0]!;
  const words = parts.join(' ');
  throw found.length === 0
    ? new CliFailure(EXIT.usage, `the project knows no versions that ${words} names`, {
        hint: listing(known),
      })
    : new CliFailure(
        EXIT.usage,
        `${words} names ${found.length} version sets; add the beginning of another hash`,
        {
          hint: listing(found),
        },
      );
}

function isNamedBy({ image, platform, customer }: VersionSet, part: string): boolean {
  return [customer, platform, image, image.replace(/^sha256:/, '')].some((hash) => hash.startsWith(part));
}

function listing(known: readonly VersionSet[]): string {
  if (known.length === 0) return 'no machine has told its versions yet';
  return `it knows ${known.map((versions) => `${formatVersions(versions)} i:${shortImage(versions.image)}`).join(' · ')}`;
}
