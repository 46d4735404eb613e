/** Commands for a shell inside a machine, in the pieces that a host takes. Pure. */

/** The longest piece that a host takes. */
const MAX_PIECE = 3900;
/** The most pieces beside the ones that put them together. */
const MAX_PIECES = 90;

/** What a command line of a provider's API asks for. */
export type ShellLine = {
  command: string;
  /** Folder to run it in; `null`: where the machine starts commands. */
  cwd: string | null;
  environment: Record<string, string>;
  /** Whether complaints go where the output goes, in the order that they come. */
  together: boolean;
};

/** Program and arguments that run a command line; `null` when it is too long for a host. */
export function shellCommand({ command, cwd, environment, together }: ShellLine): string[] | null {
  const assignments = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const lines = [
    ...(together ? ['exec 2>&1'] : []),
    ...assignments,
    ...(cwd === null ? [] : [`cd -- ${quoted(cwd)} || exit 1`]),
    command,
  ].join('\n');
  const pieces = piecesOf(lines);
  if (pieces.length > MAX_PIECES) return null;
  // printf puts the pieces together again without anything between them.
  return ['/bin/sh', '-c', 'eval "$(printf %s "$@")"', 'sh', ...pieces];
}

/** A command line that runs a program with a text as its input. */
export function lineWithInput(command: readonly string[], input: string): string {
  return `printf %s ${quoted(input)} | ${command.map(quoted).join(' ')}`;
}

/** Quoted so that a shell takes it as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A character is never cut in two. */
function piecesOf(text: string): string[] {
  const pieces = [];
  for (let at = 0; at < text.length;) {
    const full = at + MAX_PIECE;
    const end = /[\uD800-\uDBFF]/.test(text.charAt(full - 1)) ? full - 1 : full;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
