// The warden's process: holds everything that `npm start` and the drill run. It has a session of its own, so that no
// signal of a terminal reaches it, and it belongs to whoever holds the other end of its channel: when that end goes
// away, for whatever reason, everything is shut down.
import * as v from 'valibot';
import { explainError } from '../connection/explain-error.ts';
import { runWarden } from './warden.ts';
import { WardenOptions, type WardenMessage } from './wire.ts';

const options = v.parse(v.pipe(v.string(), v.parseJson(), WardenOptions), process.argv[2]);
const stopping = new AbortController();
const stop = (): void => stopping.abort();

process.on('disconnect', stop);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
if (!process.connected) stop();

try {
  await runWarden(options, { tell, stopping: stopping.signal });
} catch (error) {
  if (!stopping.signal.aborted) report(error);
} finally {
  if (process.connected) process.disconnect();
}

function report(error: unknown): void {
  const { exitCode, message, hint } = explainError(error, null);
  process.exitCode = exitCode;
  console.error(error);
  tell({ type: 'failed', exitCode, message, hint });
}

function tell(message: WardenMessage): void {
  if (process.connected) process.send?.(message);
}
