/** What refs and the name of an image tell of the versions that they lead to, before a machine has resolved them. */
import { CommitHash, type ImageRef, type VersionRefs, type VersionSet } from '@fettle/contract';
import * as v from 'valibot';

/** Refs and an image as somebody names them; what is left out or `null` is not said. */
export type NamedVersions = {
  refs: { platform?: string | undefined; customer?: string | undefined } | null;
  image: string | null;
};

/**
 * Whether these names lead to exactly these versions. Only full hashes tell: a branch or a tag, or what is not said,
 * may lead there.
 */
export function leadsTo({ refs, image }: NamedVersions, versions: VersionSet): 'yes' | 'no' | 'maybe' {
  const parts = [
    image === null ? 'maybe' : image === versions.image ? 'yes' : 'no',
    refTells(refs?.platform, versions.platform),
    refTells(refs?.customer, versions.customer),
  ];
  if (parts.includes('no')) return 'no';
  return parts.every((part) => part === 'yes') ? 'yes' : 'maybe';
}

function refTells(ref: string | undefined, commit: string): 'yes' | 'no' | 'maybe' {
  if (ref === undefined || !v.is(CommitHash, ref)) return 'maybe';
  return ref === commit ? 'yes' : 'no';
}

/** What a machine that runs `present` is brought to by these names, as names: what is not said stays. */
export function broughtTo(present: VersionSet, { refs, image }: NamedVersions): NamedVersions {
  return {
    image: image ?? present.image,
    refs: { platform: refs?.platform ?? present.platform, customer: refs?.customer ?? present.customer },
  };
}

/** The names that lead to exactly these versions. */
export function namesOf({ image, platform, customer }: VersionSet): {
  refs: VersionRefs;
  image: v.InferOutput<typeof ImageRef>;
} {
  return { refs: { platform, customer }, image };
}
