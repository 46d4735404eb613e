import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { PidnapConfig } from './contract/config.ts';
import { listen, type Listening } from './server/listen.ts';
import { createRouter } from './server/router.ts';
import { ActionLog } from './shell/action-log.ts';
import { killEverything, shutDown } from './shell/shutdown.ts';
import { lockStateDir } from './shell/state-lock.ts';
import { StateStore } from './shell/state-store.ts';
import { Supervisor } from './shell/supervisor.ts';
import { VERSION } from './version.ts';

/** A pidnap that runs in this process. */
export interface RunningPidnap {
  readonly bootId: string;
  readonly listening: Listening;
  /** Stops every process, then the listeners. True when nothing was left behind. */
  stop(): Promise<boolean>;
  /** Ends every process without grace; for use while `stop` is under way. */
  kill(): void;
}

/**
 * Starts a pidnap: lock, state of the boot before, listeners, then the processes. Throws before any process is started
 * when the directory is in use or an address cannot be had.
 */
export async function startPidnap(config: PidnapConfig, own: NodeJS.ProcessEnv): Promise<RunningPidnap> {
  const lock = lockStateDir(config.stateDir);
  try {
    return await start(config, own, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(
  config: PidnapConfig,
  own: NodeJS.ProcessEnv,
  release: () => void,
): Promise<RunningPidnap> {
  const bootId = randomUUID();
  const startedAt = Date.now();
  const store = new StateStore(config.stateDir);
  const state = store.load();
  const supervisor = new Supervisor({ config, store, state, bootId, own });
  const isPid1 = process.pid === 1;
  const router = createRouter({
    supervisor,
    actions: new ActionLog(join(config.stateDir, 'actions.jsonl')),
    info: () => ({
      version: VERSION,
      pid: process.pid,
      bootId,
      instanceId: state.instanceId,
      startedAt,
      now: Date.now(),
      isPid1,
      orphanReaper: isPid1 ? 'none' : 'init',
      stateDir: config.stateDir,
      shuttingDown: supervisor.shuttingDown,
    }),
  });
  const listening = await listen(
    { socket: config.listen.socket ?? join(config.stateDir, 'pidnap.sock'), tcp: config.listen.tcp },
    { router, healthz: () => ({ ok: true, pid: process.pid, bootId }) },
  );
  supervisor.begin();
  return {
    bootId,
    listening,
    async stop() {
      const clean = await shutDown(supervisor);
      await listening.close();
      release();
      return clean;
    },
    kill: () => killEverything(supervisor),
  };
}
