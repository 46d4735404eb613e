import type { LogLine } from '../../contract.ts';
import { clean } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { formatClock } from './time.ts';

/** A line of a process's output. */
export interface NamedLine extends LogLine {
  readonly name: string;
}

/** Colours of names, so that neighbours can be told apart. */
const NAME_STYLES: readonly Style[] = ['cyan', 'magenta', 'blue', 'green', 'yellow'];

/**
 * Makes the printer of log lines. Unless they are all of one process, each begins with its name, in a column as wide as
 * the longest of `names`. On a terminal times are those of the clock on the wall, elsewhere complete and in UTC.
 */
export function createLogFormat(
  { names, isOfOne }: { names: readonly string[]; isOfOne: boolean },
  terminal: Terminal,
): (line: NamedLine) => string {
  const known = [...names];
  return ({ at, name, stream, text, partial }) => {
    if (!known.includes(name)) known.push(name);
    const time = terminal.isTty ? formatClock(at) : new Date(at).toISOString();
    const width = Math.max(...known.map(({ length }) => length));
    const style = NAME_STYLES[known.indexOf(name) % NAME_STYLES.length] ?? 'cyan';
    const prefix = isOfOne ? [] : [terminal.paint(style, name.padEnd(width))];
    const body = `${stream.padEnd(6)} ${terminal.isTty ? clean(text) : text}${partial ? '…' : ''}`;
    return [
      terminal.paint('dim', time),
      ...prefix,
      terminal.isTty ? painted(stream, body, terminal) : body,
    ].join(' ');
  };
}

function painted(stream: LogLine['stream'], text: string, terminal: Terminal): string {
  switch (stream) {
    case 'stdout':
      return text;
    case 'stderr':
      return terminal.paint('yellow', text);
    case 'pidnap':
      return terminal.paint('dim', text);
    default:
      return stream satisfies never;
  }
}
