import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One captured stream of a run. */
export interface OutputPipe {
  /** Descriptor to give to the child; `closeWriter` when it has it. */
  readonly writer: number;
  closeWriter(): void;
  /** Chunks until the last writer is gone. Not reading it makes writers wait: that is the back-pressure. */
  readonly reader: Socket;
}

/**
 * A named pipe at `path` for the output of a run. Node's own `stdio: 'pipe'` is a socket pair, which a child cannot open
 * again as /dev/stdout. The child's descriptor is opened for reading and writing, so a write neither fails nor raises
 * SIGPIPE while no supervisor is there to read.
 */
export async function openOutputPipe(path: string): Promise<OutputPipe> {
  rmSync(path, { force: true });
  await run('mkfifo', ['-m', '600', path]);
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_RDWR);
  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  let open = true;
  return {
    writer,
    reader,
    closeWriter() {
      if (open) closeSync(writer);
      open = false;
    },
  };
}
