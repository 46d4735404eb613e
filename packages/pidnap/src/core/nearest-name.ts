/** The known name that somebody most likely meant by an unknown one, or null when none is near. */
export function nearestName(unknown: string, known: readonly string[]): string | null {
  const wanted = plain(unknown);
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = distanceTo(wanted, plain(name));
    if (distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name ?? null;
}

/** Infinite when the names have nothing to do with each other. */
function distanceTo(wanted: string, known: string): number {
  const typos = editDistance(wanted, known);
  const near = typos <= Math.max(1, Math.floor(known.length / 3)) ? typos : Infinity;
  if (isAbbreviation(wanted, known)) return Math.min(near, ABBREVIATION);
  return isLongForm(wanted, known) ? Math.min(near, LONG_FORM) : near;
}

/** `cmd` means `command` rather than `cwd`. */
const ABBREVIATION = 0.5;

/** A long form is nearer than two typos, and further than one. */
const LONG_FORM = 1.5;

/** `depends_on`, `dependson` and `DependsOn` are the same to people. */
function plain(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** The first letter and some of the others in their order: `cmd` for `command`. */
function isAbbreviation(short: string, long: string): boolean {
  if (short.length < 3 || short.length >= long.length || short[0] !== long[0] || long.startsWith(short))
    return false;
  let at = 0;
  for (const letter of long) if (letter === short[at]) at += 1;
  return at === short.length;
}

/** One is the beginning of the other: `environment` and `env`, `healthcheck` and `health`. */
function isLongForm(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
}

/** Letters to insert, leave out, replace, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min(change, swapped, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
