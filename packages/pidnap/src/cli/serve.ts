import { resolve } from 'node:path';
import { startPidnap, type RunningPidnap } from '../run.ts';
import { putInitAbove, takeEntrypointTime } from '../shell/init-above.ts';
import { loadConfig } from '../shell/load-config.ts';
import { StateDirInUseError } from '../shell/state-lock.ts';
import { explainError } from './explain-error.ts';
import { CliFailure, EXIT, formatFailure, systemCode } from './failure.ts';
import { formatReload } from './output/reload.ts';
import { watchFile } from './watch-file.ts';

/** Signals for others: pidnap hands them on and does nothing else by them, but for a reload by SIGHUP. */
const FORWARDED = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
const ENDING = ['SIGTERM', 'SIGINT'] as const;

/**
 * `pidnap run`: supervises until SIGTERM, SIGINT or the end of the process that `exitWith` names, then stops everything
 * and ends this process: 0 when nothing was left behind, else 1, or the code by `exitWith`. Throws `ConfigError`, or
 * `CliFailure` when the state directory or an address cannot be had; nothing was started then.
 */
export async function serve(configPath: string, { watch = false }: { watch?: boolean } = {}): Promise<void> {
  // The log of pidnap itself is nothing to end for: whoever reads it may go away.
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => {});
  putInitAbove();
  const signals = catchSignals();
  const entrypointAt = takeEntrypointTime();
  const up = Promise.withResolvers<RunningPidnap>();
  // From before the file is read: no change of it can be missed.
  const watcher = watch ? watchFile(resolve(configPath), () => void up.promise.then(reloadChanged)) : null;
  const { config, path } = await loadConfig(configPath);
  const pidnap = await start(config, { own: process.env, configFile: path, entrypointAt });
  announce(pidnap);
  up.resolve(pidnap);
  signals.onForwarded = (signal) => {
    pidnap.forward(signal);
    if (signal === 'SIGHUP') void reload(pidnap, 'SIGHUP');
  };
  const end = await Promise.race([signals.ending, pidnap.ended]);
  watcher?.close();
  const reason = typeof end === 'string' ? end : `the end of ${config.exitWith}`;
  console.log(`pidnap stops everything on ${reason}`);
  // Who sends it once more does not want to wait for the grace.
  signals.onEnding = () => pidnap.kill();
  const isClean = await pidnap.stop();
  process.exit(typeof end === 'number' ? end : isClean ? EXIT.ok : EXIT.failed);
}

interface Signals {
  readonly ending: Promise<string>;
  onEnding(): void;
  onForwarded(signal: (typeof FORWARDED)[number]): void;
}

/** From here on no signal does what it does by itself: SIGHUP ends a program, SIGUSR1 opens Node's inspector. */
function catchSignals(): Signals {
  const ending = Promise.withResolvers<string>();
  const signals: Signals = { ending: ending.promise, onEnding: () => {}, onForwarded: () => {} };
  for (const signal of ENDING)
    process.on(signal, () => {
      ending.resolve(signal);
      signals.onEnding();
    });
  for (const signal of FORWARDED) process.on(signal, () => signals.onForwarded(signal));
  return signals;
}

async function start(...parts: Parameters<typeof startPidnap>): Promise<RunningPidnap> {
  try {
    return await startPidnap(...parts);
  } catch (error) {
    const isOccupied = error instanceof StateDirInUseError || systemCode(error) !== null;
    if (!isOccupied) throw error;
    throw new CliFailure(EXIT.occupied, (error as Error).message, { cause: error });
  }
}

function announce({ listening: { socket, url }, leftovers: { adopted, ended } }: RunningPidnap): void {
  console.log(`pidnap ${process.pid} listens on ${socket}${url ? ` and ${url}` : ''}`);
  if (adopted.length > 0) console.log(`pidnap goes on with what an earlier one left: ${adopted.join(', ')}`);
  if (ended > 0) console.log(`pidnap ended ${ended} processes that an earlier one left`);
}

function reloadChanged(pidnap: RunningPidnap): Promise<void> {
  return reload(pidnap, 'the file changed');
}

async function reload(pidnap: RunningPidnap, why: string): Promise<void> {
  try {
    console.log(`pidnap (${why}): ${formatReload(await pidnap.reload())}`);
  } catch (error) {
    console.error(`${formatFailure(explainError(error), false)}\npidnap goes on as before (${why})`);
  }
}
