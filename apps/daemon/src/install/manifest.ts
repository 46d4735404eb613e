import * as v from 'valibot';

/** What the runtime reads of a repository's `package.json`. */
export const Manifest = v.object({
  /** As Node's own documents define it: `pnpm@10.18.0`, with or without a hash behind a `+`. */
  packageManager: v.optional(v.string()),
  dependencies: v.optional(v.record(v.string(), v.unknown()), {}),
  fettle: v.optional(
    v.object({
      /** Program and arguments that install the dependencies, in place of a package manager; no shell is involved. */
      install: v.optional(
        v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1), v.maxLength(64)),
      ),
    }),
    {},
  ),
});
export type Manifest = v.InferOutput<typeof Manifest>;
