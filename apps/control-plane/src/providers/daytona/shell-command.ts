/** How a program with its arguments is run by a toolbox that takes one line and gives one text back. Pure. */
import type { ExecResult } from '@fettle/contract';
import type { Executed } from './sandbox.ts';

/** Longest output that is handed on, as everywhere. */
const MOST_OUTPUT = 64 * 1024;

/**
 * The line that runs it in the folder `disk`, where there is one, with `separator` between its two outputs. The script
 * travels as base64 inside single quotes: some releases of the toolbox hand the line to a shell, others split it at
 * spaces and quotes and know no escapes.
 * Needs sh, base64 and printf in the machine, and writes nothing to its disk, which may be full.
 */
export function shellCommand(command: readonly string[], separator: string, disk: string): string {
  const script = [
    `cd ${quoted(disk)} 2>/dev/null`,
    `set -- ${command.map(quoted).join(' ')}`,
    // The first stream goes straight out; the second is held until the program has ended.
    `{ e=$("$@" 2>&1 >&3 3>&-); c=$?; } 3>&1`,
    `printf '\\n%s\\n%s' ${quoted(separator)} "$e"`,
    'exit $c',
  ].join('\n');
  return `sh -c 'eval "$(echo ${base64(script)} | base64 -d)"'`;
}

/** What such a line has left in its answer. */
export function readExecuted({ exitCode, result }: Executed, separator: string): ExecResult {
  const at = result.lastIndexOf(`\n${separator}\n`);
  const [stdout, stderr] =
    at < 0 ? [result, ''] : [result.slice(0, at), result.slice(at + separator.length + 2)];
  return {
    exitCode,
    stdout: stdout.slice(0, MOST_OUTPUT),
    stderr: stderr.slice(0, MOST_OUTPUT),
    timedOut: false,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCodePoint(byte)).join(''));
}
