/**
 * Finds the first place where a text is no JSON. `JSON.parse` does not always tell the place, and repeats the text
 * around it, which may be a secret.
 */

/** What is wrong with a text that `JSON.parse` refused: `line 3, column 5: expected ..., found ...`. */
export function describeJsonProblem(text: string): string {
  const problem = findJsonProblem(text);
  if (problem === null) return 'it is not valid JSON';
  const before = text.slice(0, problem.at).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `line ${before.length}, column ${column}: expected ${problem.expected}, found ${found(text, problem.at)}`;
}

/** A place in the text and what JSON would have there. */
export interface JsonProblem {
  readonly at: number;
  readonly expected: string;
}

/** The first problem of a text, or null when it is JSON. */
export function findJsonProblem(text: string): JsonProblem | null {
  try {
    const end = space(text, value(text, space(text, 0)));
    if (end < text.length) fail(end, 'the end of the file');
    return null;
  } catch (error) {
    if (error instanceof Mismatch) return error.problem;
    throw error;
  }
}

class Mismatch extends Error {
  readonly problem: JsonProblem;

  constructor(problem: JsonProblem) {
    super();
    this.problem = problem;
  }
}

/** A text without the quote that ends it. */
// oxlint-disable-next-line no-control-regex -- JSON itself forbids these characters within a text
const STRING_START = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;
const SPACE = /[ \t\r\n]*/y;

/** Each of these reads one thing at a place and gives back the place behind it. */
function value(text: string, at: number): number {
  switch (text[at]) {
    case '{':
      return list(text, at, { close: '}', what: 'a name in double quotes', item: member });
    case '[':
      return list(text, at, { close: ']', what: 'a value', item: value });
    case '"':
      return string(text, at);
    default:
      return match(LITERAL, text, at) ?? fail(at, 'a value');
  }
}

function list(
  text: string,
  open: number,
  { close, what, item }: { close: string; what: string; item: (text: string, at: number) => number },
): number {
  let at = space(text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    if (text[at] === close) fail(at, `${what} after the comma`);
    at = space(text, item(text, at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') fail(at, `"," or "${close}"`);
    at = space(text, at + 1);
  }
}

function member(text: string, at: number): number {
  if (text[at] !== '"') fail(at, 'a name in double quotes');
  const colon = space(text, string(text, at));
  if (text[colon] !== ':') fail(colon, '":"');
  return value(text, space(text, colon + 1));
}

function string(text: string, at: number): number {
  const stop = match(STRING_START, text, at) ?? at;
  if (text[stop] === '"') return stop + 1;
  if (text[stop] === '\\') return fail(stop, 'one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000 in a text');
  return fail(stop, 'the double quote that ends a text');
}

function space(text: string, at: number): number {
  return match(SPACE, text, at) ?? at;
}

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

function fail(at: number, expected: string): never {
  throw new Mismatch({ at, expected });
}

function found(text: string, at: number): string {
  const [character] = text.slice(at, at + 2);
  if (character === undefined) return 'the end of the file';
  if (character === '\n' || character === '\r') return 'the end of the line';
  if (text.startsWith('//', at) || text.startsWith('/*', at) || character === '#')
    return 'a comment (JSON has none; YAML and TypeScript do)';
  // A single character of a value tells nothing, and helps to find the place.
  return JSON.stringify(character);
}
