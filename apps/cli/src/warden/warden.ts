import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import {
  fleetFolder,
  writeFleetState,
  type FleetFolder,
  type FleetState,
} from '../connection/fleet-state.ts';
import { isCloud } from '../connection/provider.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { openBoundedLog, type BoundedLog } from './bounded-log.ts';
import { startCron } from './cron.ts';
import { analyticsEngineUrl, sqlUrl } from './analytics-engine.ts';
import {
  analyticsEnginePart,
  controlPlanePart,
  hostAgentPart,
  providerServerPart,
  type HostReady,
} from './fleet-parts.ts';
import { takeFolder } from './take-folder.ts';
import { writeHolder } from './fleet-lock.ts';
import { parkByForce } from './park-by-force.ts';
import { PartFailedToStart, startPart, startPartAside, type Part, type PartDefinition } from './part.ts';
import { checkDisk, checkDocker, checkGit, dockerAddress } from './preflight.ts';
import { portTaken, prepareState } from './prepare-state.ts';
import { askHostImage, providerEnvironment, providerServerUrl } from './provider-server.ts';
import { endLeftovers, openRunLog, type PartName } from './run-record.ts';
import { diskFull, runStep } from './run-step.ts';
import type { StartStep, WardenMessage, WardenOptions } from './wire.ts';

/** Exit code by which the control plane says that its port is taken (alchemy.run.ts). */
const CONTROL_PLANE_PORT_TAKEN = 7;

const Heads = v.object({ platform: v.string(), customer: v.string() });
type Heads = v.InferOutput<typeof Heads>;

/**
 * Runs a whole fleet on this computer until `stopping` fires: the two repositories, the analytics engine, the
 * host-agent, the contract server of a cloud where machines are those of one, the control plane.
 * What it starts it also ends, in an order in which nobody takes the end for an outage. Throws when the start fails;
 * then too, nothing of it is left.
 */
export async function runWarden(
  options: WardenOptions,
  { tell, stopping }: { tell: (message: WardenMessage) => void; stopping: AbortSignal },
): Promise<void> {
  const folder = fleetFolder(options.state);
  await checkGit();
  await checkDisk(folder.root);
  if (options.backend === 'docker') await checkDocker(dockerAddress(process.env));
  using lock = await takeFolder(folder, stopping);
  if (lock === null) return;
  await writeHolder(folder, { pid: process.pid, url: null, phase: 'starting' });
  const step = timedSteps(tell);
  await step('leftovers', async () => (await endLeftovers(folder)).join(', ') || 'none');
  const state = await prepareState(folder, options);
  const runLog = openRunLog(folder);
  await step('image', () => buildImage(folder, stopping));
  const heads = await seed(folder, step, stopping);

  const logs: BoundedLog[] = [];
  const common = (part: PartName) => {
    const log = openBoundedLog(path.join(folder.logs, `${part}.log`));
    logs.push(log);
    return { folder, state, runLog, log, onTrouble: troubleTeller(part, tell) };
  };
  let ready: HostReady | null = null;
  const hostAgent = hostAgentPart({
    ...common('host-agent'),
    backend: options.backend,
    onReady: (line) => (ready = line),
  });
  const running: Record<'analytics' | 'host' | 'provider' | 'control', Part | null> = {
    analytics: null,
    host: null,
    provider: null,
    control: null,
  };
  let keeping: string | null = null;
  let stopCron = (): void => undefined;
  try {
    // Nobody waits for it, and nobody needs it to heal machines.
    if (options.metrics !== null) {
      const engine = startPartAside(analyticsEnginePart(common('analytics-engine')));
      running.analytics = engine;
      keeping = sqlUrl(state);
      void step('analytics', async () => {
        const isKept = await engine.firstStart;
        if (!isKept) keeping = null;
        return isKept ? analyticsEngineUrl(state) : null;
      });
    }
    // The host-agent first: it brings parked machines back before anybody asks how they are.
    await step('host', async () => {
      running.host = await start(hostAgent, state);
      return describeHost(ready);
    });
    const { provider } = state;
    if (isCloud(provider)) {
      await step('provider', async () => {
        running.provider = await start(
          providerServerPart({ ...common('provider-server'), cloud: provider }),
          state,
        );
        return `${provider} at ${providerServerUrl(state)}`;
      });
    }
    await step('control-plane', async () => {
      const variables = providerEnvironment(folder, state, await askHostImage(state));
      const { metrics } = options;
      running.control = await start(
        controlPlanePart({ ...common('control-plane'), metrics, provider: variables }),
        state,
      );
      return state.url;
    });
    stopCron = startCron(state.url);
    await announce({ ready, folder, state, options, heads, keeping, tell });
    await untilAborted(stopping);
  } finally {
    stopCron();
    await writeHolder(folder, { pid: process.pid, url: state.url, phase: 'stopping' });
    // The control plane first: it would take parked machines for sick ones.
    await running.control?.stop();
    await running.provider?.stop();
    const isParked = running.host === null || (await running.host.stop());
    if (!isParked) await parkByForce(hostAgent);
    await running.analytics?.stop();
    await runLog.clear();
    for (const log of logs) log.close();
  }
}

/** Tells of trouble; what is repeated word for word, such as a start that fails again and again, is told once. */
function troubleTeller(part: PartName, tell: (message: WardenMessage) => void): (message: string) => void {
  let last = '';
  return (message) => {
    if (message !== last) tell({ type: 'trouble', part, message });
    last = message;
  };
}

async function announce({
  ready,
  folder,
  state,
  options,
  heads,
  keeping,
  tell,
}: {
  ready: HostReady | null;
  folder: FleetFolder;
  state: FleetState;
  options: WardenOptions;
  heads: Heads;
  /** Address of the analytics engine's SQL API, unless there is none or it could not be started. */
  keeping: string | null;
  tell: (message: WardenMessage) => void;
}): Promise<void> {
  if (ready === null) throw new Error('the host-agent said nothing');
  const backendReason = explainBackend(ready.backend, options, state);
  await writeFleetState(folder.stateFile, { ...state, backend: ready.backend });
  await writeHolder(folder, { pid: process.pid, url: state.url, phase: 'running' });
  tell({
    type: 'running',
    url: state.url,
    backend: ready.backend,
    backendReason,
    hostId: ready.hostId,
    provider: state.provider,
    providerUrl: isCloud(state.provider) ? providerServerUrl(state) : null,
    sqlUrl: keeping,
    heads,
  });
}

function explainBackend(backend: string, options: WardenOptions, state: FleetState): string {
  if (options.backend !== 'auto') return `asked for by --backend ${options.backend}`;
  if (state.backend !== null) return 'as at the first start of this fleet; npm run reset to choose anew';
  const address = dockerAddress(process.env);
  return backend === 'docker'
    ? `a Docker Engine answers at ${address}`
    : `no Docker Engine answers at ${address}`;
}

function describeHost(ready: HostReady | null): string {
  return ready === null ? '' : `${ready.backend} backend, ${ready.hostId}`;
}

async function start(part: PartDefinition, state: FleetState): Promise<Part> {
  try {
    return await startPart(part);
  } catch (error) {
    if (!(error instanceof PartFailedToStart)) throw error;
    const words = error.lastLines.slice(-12).join('\n');
    if (/ENOSPC|no space left on device/i.test(words)) throw diskFull();
    if (error.exitCode === CONTROL_PLANE_PORT_TAKEN) throw portTaken(Number(new URL(state.url).port));
    throw new CliFailure(EXIT.failed, `${error.message}\n${words}`, { cause: error });
  }
}

/** Image files of machines; the daemon is built beside them, for the platform's repository. */
async function buildImage(folder: FleetFolder, signal: AbortSignal): Promise<string> {
  await runStep(['apps/daemon/scripts/build-image-files.ts', builtFolder(folder)], signal);
  await mkdir(folder.image, { recursive: true });
  await copyFile(path.join(builtFolder(folder), 'runtime.cjs'), path.join(folder.image, 'runtime.cjs'));
  return 'runtime.cjs, daemon.cjs';
}

async function seed(folder: FleetFolder, step: TimedStep, signal: AbortSignal): Promise<Heads> {
  let heads: Heads = { platform: '', customer: '' };
  await step('repositories', async () => {
    const built = ['--built-in', builtFolder(folder)];
    const output = await runStep(['examples/main.ts', 'seed', folder.repos, ...built], signal);
    heads = v.parse(v.pipe(v.string(), v.parseJson(), Heads), output);
    return `platform ${heads.platform.slice(0, 7)}, customer ${heads.customer.slice(0, 7)}`;
  });
  return heads;
}

function builtFolder(folder: FleetFolder): string {
  return path.join(folder.root, 'build');
}

/** Tells of a step with what its work gives; a step that gives null came to nothing, and that is told elsewhere. */
type TimedStep = (step: StartStep, work: () => Promise<string | null>) => Promise<void>;

function timedSteps(tell: (message: WardenMessage) => void): TimedStep {
  return async (step, work) => {
    const startedAt = performance.now();
    const detail = await work();
    if (detail === null) return;
    tell({ type: 'step', step, tookMs: Math.round(performance.now() - startedAt), detail });
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
