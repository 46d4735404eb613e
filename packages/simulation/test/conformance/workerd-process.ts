import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import workerd from 'workerd';

/** A workerd on the `config.capnp` of a folder, which may be ended and started again on the same storage. */
export type WorkerdProcess = {
  /** Base URL; another one after every start. */
  readonly url: string;
  start(): Promise<void>;
  /** Ends it with SIGKILL in the middle of whatever it does; resolves when all of its output was read. */
  kill(): Promise<void>;
};

/** Hands out every line that the worker logs; its variable STARTS says in which process. Nothing is started yet. */
export function workerdProcess(folder: string, onLine: (line: string) => void): WorkerdProcess {
  let child: ChildProcess | null = null;
  let url = '';
  let starts = 0;
  // A test process that dies takes its workerd along.
  process.once('exit', () => child?.kill('SIGKILL'));
  return {
    get url() {
      return url;
    },
    async start() {
      if (child !== null) throw new Error('workerd runs already');
      starts += 1;
      child = spawn(workerd, ['serve', '--experimental', '--control-fd=3', 'config.capnp'], {
        cwd: folder,
        env: { STARTS: String(starts) },
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      createInterface({ input: child.stdout as Readable }).on('line', onLine);
      url = `http://127.0.0.1:${await listening(child)}`;
    },
    async kill() {
      const dying = child;
      if (dying === null) return;
      child = null;
      const gone = dying.exitCode !== null || dying.signalCode !== null ? null : once(dying, 'close');
      dying.kill('SIGKILL');
      await gone;
    },
  };
}

/** The port that workerd found, from its control messages. */
function listening(child: ChildProcess): Promise<number> {
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
      const message = JSON.parse(line) as { event: string; port?: number };
      if (message.event === 'listen' && message.port !== undefined) resolve(message.port);
    });
    child.once('exit', (code, signal) =>
      reject(new Error(`workerd ended (${code ?? signal}) before it listened: ${complaints}`)),
    );
  });
}
