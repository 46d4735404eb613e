/** The format of a log file: one entry per line, `<ISO time> <stream>[+] <text>`; `+` marks a line that goes on. */
import type { LogLine } from '../contract/process.ts';

const ENTRY = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (stdout|stderr|pidnap)(\+?) (.*)$/s;

export function formatLogLine({ at, stream, text, partial }: LogLine): string {
  return `${new Date(at).toISOString()} ${stream}${partial ? '+' : ''} ${text}\n`;
}

/** Null for what is not an entry, such as a line cut off by a crash in the middle of a write. */
export function parseLogLine(line: string): LogLine | null {
  const match = ENTRY.exec(line);
  if (!match) return null;
  const [, time = '', stream, plus, text = ''] = match;
  return { at: Date.parse(time), stream: stream as LogLine['stream'], text, partial: plus === '+' };
}
