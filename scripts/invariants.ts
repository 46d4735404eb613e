/** Reads `docs/invariants.md`: every promise, where it is kept, and the test that fails when it is not. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A test that a row names: its file, and words of its title. */
export type NamedTest = { file: string; title: string };

export type InvariantRow = { id: string; enforcedIn: string[]; tests: NamedTest[]; open: boolean };

const ROW = /^\| \*\*([A-Z]\d+)\*\* \|(.*)\|$/;
const CODE = /`([^`]+)`/g;
const TEST = /`([^`]+)` “([^”]+)”/g;

/** The rows of the document, in its order. A row whose last column begins with `open` promises nothing yet. */
export function readInvariants(text: string): InvariantRow[] {
  return text.split('\n').flatMap((line) => {
    const [, id, rest] = ROW.exec(line) ?? [];
    if (id === undefined || rest === undefined) return [];
    const [, enforced = '', shown = ''] = rest.split(' | ');
    return [
      {
        id,
        enforcedIn: [...enforced.matchAll(CODE)].flatMap(([, file]) => file ?? []),
        tests: [...shown.matchAll(TEST)].flatMap(([, file, title]) =>
          file && title ? [{ file, title }] : [],
        ),
        open: shown.trim().startsWith('open'),
      },
    ];
  });
}

/** What is wrong with a row: files that do not exist, tests that are not where it says; empty when all is true. */
export function rowFaults(row: InvariantRow, root: string): string[] {
  const missing = row.enforcedIn.filter((file) => !existsSync(path.join(root, file)));
  const unshown = row.tests.filter(({ file, title }) => !contains(path.join(root, file), title));
  return [
    ...missing.map((file) => `${row.id}: there is no ${file}`),
    ...unshown.map(({ file, title }) => `${row.id}: ${file} has no test “${title}”`),
    ...(row.open || row.tests.length > 0 ? [] : [`${row.id}: names no test and is not open`]),
    ...(row.open || row.enforcedIn.length > 0 ? [] : [`${row.id}: names no place that keeps it`]),
  ];
}

function contains(file: string, words: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').includes(words);
}
