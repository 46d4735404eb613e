import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { cutLines } from '../core/lines.ts';
import type { LogStore } from './log-store.ts';

/**
 * Copies a stream of output into the log, line by line, until its last writer is gone. The next chunk is read when the
 * lines of this one are on disk: a process that writes faster than that waits in its own write.
 */
export async function captureOutput(
  source: Readable,
  stream: 'stdout' | 'stderr',
  log: LogStore,
): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    const cut = cutLines(rest, decoder.write(chunk as Buffer));
    rest = cut.rest;
    const at = Date.now();
    await log.append(cut.lines.map((line) => ({ at, stream, ...line })));
  }
  const last = rest + decoder.end();
  if (last.length > 0) await log.append([{ at: Date.now(), stream, text: last, partial: false }]);
}
