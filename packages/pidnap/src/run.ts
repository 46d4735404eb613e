import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type * as v from 'valibot';
import type { PidnapConfig } from './contract/config.ts';
import type { PidnapInfo, ReloadOutcome } from './contract.ts';
import type { ProcessDefinition } from './contract/definition.ts';
import { listen, type Listening } from './server/listen.ts';
import type { RpcHandler } from './server/rpc.ts';
import { bootKey } from './shell/boot-key.ts';
import { BootMilestones } from './shell/boot-milestones.ts';
import { wallOffset } from './shell/clock.ts';
import { DefinitionBook } from './shell/definition-book.ts';
import { exitCodeOf } from './shell/exit-code.ts';
import { Leftovers } from './shell/leftovers.ts';
import { MemoryKills } from './shell/memory-kills.ts';
import { OldRunSweep } from './shell/old-run-sweep.ts';
import { openPipeDir } from './shell/pipe-dir.ts';
import { ProcessOutput } from './shell/process-output.ts';
import { reloadConfig } from './shell/reload-config.ts';
import { killEverything, shutDown } from './shell/shutdown.ts';
import { lockStateDir } from './shell/state-lock.ts';
import { StateStore } from './shell/state-store.ts';
import { Supervisor } from './shell/supervisor.ts';
import { VERSION } from './version.ts';
import { randomId } from './shell/random-id.ts';

/** What a pidnap is told by whoever starts it. */
export interface StartOptions {
  /** Environment of pidnap itself. */
  readonly own: NodeJS.ProcessEnv;
  /** File that `reload` reads again; without one there is nothing to reload. */
  readonly configFile?: string;
  /** When the machine's first program began, in milliseconds since 1970; left out: when this one did. */
  readonly entrypointAt?: number;
}

/** A pidnap that runs in this process. */
export interface RunningPidnap {
  readonly bootId: string;
  readonly listening: Listening;
  /** What this start found of an earlier pidnap that was killed. */
  readonly leftovers: { readonly adopted: readonly string[]; readonly ended: number };
  /** Resolves with the exit code for pidnap when the process named by `exitWith` has ended for good. */
  readonly ended: Promise<number>;
  /** Passes a signal on to the processes that ask for it by `forwardSignals`. */
  forward(signal: ProcessDefinition['forwardSignals'][number]): void;
  /** Reads the config file again and applies what changed. Throws `RefusedError`; nothing was changed then. */
  reload(options?: { dryRun: boolean }): Promise<ReloadOutcome>;
  /** Stops every process, then the listeners. True when nothing was left behind. */
  stop(): Promise<boolean>;
  /** Ends every process without grace; for use while `stop` is under way. */
  kill(): void;
}

/**
 * Starts a pidnap: lock, state of the boot before, listeners, then the processes. Throws before any process is started
 * when the directory is in use or an address cannot be had.
 */
export async function startPidnap(config: PidnapConfig, options: StartOptions): Promise<RunningPidnap> {
  const lock = lockStateDir(config.stateDir);
  try {
    return await start(config, options, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(
  config: PidnapConfig,
  { own, configFile, entrypointAt = performance.timeOrigin }: StartOptions,
  release: () => void,
): Promise<RunningPidnap> {
  const bootId = randomId();
  const store = new StateStore(config.stateDir);
  const state = store.load();
  // Whoever starts pidnap as the first program of a machine that has no process 1 of its own names the boot.
  const boot = own.PIDNAP_BOOT_ID ?? bootKey();
  const logDir = join(config.stateDir, 'logs');
  mkdirSync(logDir, { recursive: true });
  const pipeDir = openPipeDir(config.stateDir, state.instanceId);
  const definitions = new DefinitionBook(config, state.overrides);
  const pipes = ProcessOutput.prepare(pipeDir, Object.keys(definitions.effective()));
  // Awaited below; an address that cannot be had is told first.
  pipes.catch(() => {});
  const begun = Promise.withResolvers<void>();
  const loadApi = async (): Promise<RpcHandler> => {
    const { createRpcHandler } = await import('./server/rpc.ts');
    // Requests that come before the processes are known wait for them.
    await begun.promise;
    return createRpcHandler({
      supervisor,
      reload,
      info,
      actionLog: join(config.stateDir, 'actions.jsonl'),
    });
  };
  let api: Promise<RpcHandler> | null = null;
  const listening: Listening = await listen(
    { socket: config.listen.socket ?? join(config.stateDir, 'pidnap.sock'), tcp: config.listen.tcp },
    { healthz: () => ({ ok: true, pid: process.pid, bootId }), rpc: () => (api ??= loadApi()) },
  );
  await pipes;
  const resumed = !state.orderly && state.lastBoot?.bootKey === boot;
  const leftovers = new Leftovers(state.lastBoot ? state.instanceId : null);
  const memoryKills = new MemoryKills();
  const sweep = new OldRunSweep(state.instanceId, () => supervisor.processes.values());
  const supervisor: Supervisor = new Supervisor({
    definitions,
    store,
    inheritance: {
      state,
      resumed,
      shiftMs: resumed || !state.lastBoot ? 0 : state.lastBoot.wallOffset - wallOffset(),
      leftovers,
      adopt: config.leftovers === 'adopt',
    },
    around: {
      instanceId: state.instanceId,
      logDir,
      pipeDir,
      markerEnv: config.markerEnv,
      own,
      memoryKills,
      onRestart: () => sweep.soon(),
    },
    bootId,
  });
  const reload = (asked?: { dryRun: boolean }): Promise<ReloadOutcome> =>
    reloadConfig(supervisor, configFile, asked);
  const found = { adopted: supervisor.adopted, ended: 0 };
  const milestones = new BootMilestones(supervisor, { entrypointAt });
  const startedAt = Math.floor(performance.timeOrigin) - wallOffset();
  const isPid1 = process.pid === 1;
  const info = (): v.InferOutput<typeof PidnapInfo> => ({
    version: VERSION,
    pid: process.pid,
    bootId,
    instanceId: state.instanceId,
    startedAt: startedAt + wallOffset(),
    now: Date.now(),
    isPid1,
    orphanReaper: isPid1 ? 'none' : 'init',
    stateDir: config.stateDir,
    configFile: configFile ?? null,
    shuttingDown: supervisor.shuttingDown,
    boot: milestones.shown(),
    leftovers: { adopted: [...found.adopted], ended: found.ended },
    oomKills: memoryKills.total(),
  });
  found.ended = await leftovers.end();
  milestones.reach('readyAt');
  supervisor.begin({ boot: { bootKey: boot, wallOffset: wallOffset() } });
  begun.resolve();
  return {
    bootId,
    listening,
    leftovers: found,
    ended: endOf(supervisor, config.exitWith),
    reload,
    forward(signal) {
      for (const process of supervisor.processes.values())
        if (process.definition.forwardSignals.includes(signal)) process.signal(signal, 'leader');
    },
    async stop() {
      const clean = await shutDown(supervisor);
      sweep.close();
      await listening.close();
      if (clean) {
        store.append([{ stopped: 'orderly' }], { durable: true });
        rmSync(pipeDir, { recursive: true, force: true });
      }
      store.close();
      release();
      return clean;
    },
    kill: () => killEverything(supervisor),
  };
}

/** Settles when a process has ended for good; never, without a name. */
async function endOf(supervisor: Supervisor, name: string | undefined): Promise<number> {
  const process = name === undefined ? undefined : supervisor.processes.get(name);
  if (!process) return new Promise(() => {});
  const code = (): number | null => exitCodeOf(process.record);
  await supervisor.events.until(() => code() !== null, undefined);
  return code() ?? 1;
}
