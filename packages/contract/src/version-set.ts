import * as v from 'valibot';
import { CommitHash, GitRef } from './ids.ts';

/** What a machine runs: the unit that works or does not work, and the unit that a rollback restores. */
export const VersionSet = v.strictObject({
  /** Hash of the machine image (image id in Docker, content hash for plain processes). */
  image: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  /** Commit of the platform's repository: the daemon's code. */
  platform: CommitHash,
  /** Commit of the customer's repository. */
  customer: CommitHash,
});
export type VersionSet = v.InferOutput<typeof VersionSet>;

/** The repositories that a machine runs from. */
export const RepositoryName = v.picklist(['platform', 'customer']);
export type RepositoryName = v.InferOutput<typeof RepositoryName>;

/** The versions that a change asks for; a repository that is left out stays as it is. */
export const VersionRefs = v.pipe(
  v.strictObject({ platform: v.optional(GitRef), customer: v.optional(GitRef) }),
  v.check(
    (refs) => refs.platform !== undefined || refs.customer !== undefined,
    'expected a ref for platform, customer or both',
  ),
);
export type VersionRefs = v.InferOutput<typeof VersionRefs>;

const cloneUrl = v.pipe(v.string(), v.url(), v.maxLength(2048));

/** Where a machine clones its repositories from. */
export const RepositoryUrls = v.object({ platform: cloneUrl, customer: cloneUrl });
export type RepositoryUrls = v.InferOutput<typeof RepositoryUrls>;
