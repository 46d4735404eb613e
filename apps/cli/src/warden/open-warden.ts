import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { fleetFolder } from '../connection/fleet-state.ts';
import { CliFailure, EXIT, type ExitCode } from '../failure.ts';
import { takeFleetLock } from './fleet-lock.ts';
import { PROJECT_ROOT } from './project-root.ts';
import { endLeftovers } from './run-record.ts';
import { WardenMessage, type WardenOptions } from './wire.ts';

/** Longer than all that a warden does at its end together. */
const STOP_LIMIT_MS = 120_000;

/** A warden that holds a running fleet. */
export type OpenWarden = {
  running: Extract<WardenMessage, { type: 'running' }>;
  /** Resolves with why, when the warden ends without having been asked to. */
  lost: Promise<string>;
  /** Ends the fleet: machines are parked, then nothing of it runs. Safe to call more than once. */
  stop(): Promise<void>;
};

/**
 * Starts a warden and waits until its fleet runs. `onMessage` hears of each step, and later of each trouble. Throws
 * the failure that the warden reports. An abort of `signal` stops it, at whatever it is.
 */
export async function openWarden(
  options: WardenOptions,
  { onMessage, signal }: { onMessage: (message: WardenMessage) => void; signal: AbortSignal },
): Promise<OpenWarden> {
  const child = spawnWarden(options);
  const ended = once(child, 'exit');
  let isStopping = false;

  const stop = async (): Promise<void> => {
    if (!isStopping && child.connected) child.disconnect();
    isStopping = true;
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(killer);
    await endWhatIsLeft(options.state);
  };

  const running = new Promise<OpenWarden['running']>((resolve, reject) => {
    child.on('message', (raw) => {
      const message = v.parse(WardenMessage, raw);
      onMessage(message);
      if (message.type === 'running') resolve(message);
      if (message.type !== 'failed') return;
      reject(
        new CliFailure(message.exitCode as ExitCode, message.message, { hint: message.hint ?? undefined }),
      );
    });
    void ended.then(([code, by]) =>
      reject(new CliFailure(EXIT.failed, `the warden ended (${by ?? `exit code ${code}`})`)),
    );
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  try {
    const message = await running;
    const lost = ended.then(([code, by]) => `the warden ended (${by ?? `exit code ${code}`})`);
    return { running: message, lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A warden ends what it has started; one that was killed could not. Its successor's things are not touched. */
async function endWhatIsLeft(state: string): Promise<void> {
  const folder = fleetFolder(state);
  using lock = takeFleetLock(folder);
  if (lock !== null) await endLeftovers(folder);
}

function spawnWarden(options: WardenOptions): ChildProcess {
  const { logs } = fleetFolder(options.state);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = openSync(path.join(logs, 'warden.log'), 'a', 0o600);
  const main = path.join(import.meta.dirname, 'main.ts');
  const args = ['--disable-warning=ExperimentalWarning', main, JSON.stringify(options)];
  try {
    return spawn(process.execPath, args, {
      cwd: PROJECT_ROOT,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}
