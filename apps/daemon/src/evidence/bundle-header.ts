/** Reads the header of a git bundle (gitformat-bundle(5)). Pure. */

/** The commits that have to be there before a bundle can be read. */
export function prerequisites(header: string): string[] {
  const [lines = ''] = header.split('\n\n', 1);
  return lines
    .split('\n')
    .flatMap((line) => /^-([0-9a-f]{40}(?:[0-9a-f]{24})?)(?: |$)/.exec(line)?.[1] ?? []);
}

/** The files that a failed `git merge-tree --name-only` names, from its output; none where that was cut. */
export function conflictedFiles(output: string): string[] {
  const [, names = ''] = /\b[0-9a-f]{40,64}\n((?:.+\n)*)/.exec(output) ?? [];
  return [...new Set(names.split('\n').filter(Boolean))];
}
