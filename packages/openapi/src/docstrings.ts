/** What the docstrings of the contract say, for the descriptions of the document. */

/** Docstring of each exported schema by its name, and of each of its fields by its path: `Policy.check.goneAfter`. */
export type Docstrings = ReadonlyMap<string, string>;

const EXPORT = /^export const (\w+) =/;
const FIELD = /^( +)(\w+): (?!.*=>)/;

/** Reads docstrings out of the sources of the contract. Fields are told apart by how far they are indented. */
export function readDocstrings(sources: readonly string[]): Docstrings {
  const found = new Map<string, string>();
  for (const source of sources) readSource(source, found);
  return found;
}

function readSource(source: string, found: Map<string, string>): void {
  let docstring: string | null = null;
  let exported: string | null = null;
  let around: { indent: number; name: string }[] = [];
  for (const line of joinDocstrings(source)) {
    const text = /^\s*\/\*\* (.*) \*\/$/.exec(line)?.[1];
    if (text !== undefined) {
      docstring = text;
      continue;
    }
    const name = EXPORT.exec(line)?.[1];
    const field = FIELD.exec(line);
    if (name !== undefined) {
      exported = name;
      around = [];
      if (docstring !== null) found.set(name, docstring);
    } else if (field !== null && exported !== null) {
      const indent = field[1]?.length ?? 0;
      around = [...around.filter((outer) => outer.indent < indent), { indent, name: field[2] ?? '' }];
      const path = [exported, ...around.map((outer) => outer.name)].join('.');
      if (docstring !== null) found.set(path, docstring);
    }
    docstring = null;
  }
}

/** The lines of a source, each docstring on one. */
function joinDocstrings(source: string): string[] {
  return source
    .replaceAll(/\/\*\*\s*\n([^]*?)\*\//g, (_, text: string) => {
      const words = text.split('\n').map((line) => line.replace(/^\s*\*?\s*/, '').trim());
      return `/** ${words.join(' ').trim()} */`;
    })
    .split('\n');
}
