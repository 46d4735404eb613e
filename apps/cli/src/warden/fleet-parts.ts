import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HostBackend } from '@fettle/contract/host-agent';
import * as v from 'valibot';
import type { FleetFolder, FleetState } from '../connection/fleet-state.ts';
import type { Cloud } from '../connection/provider.ts';
import type { ProcessEntry } from '../processes/process-table.ts';
import {
  AnalyticsEngineReady,
  analyticsEngineCommand,
  analyticsEngineUrl,
  ENGINE_CANNOT_RUN,
  sqlUrl,
} from './analytics-engine.ts';
import type { BoundedLog } from './bounded-log.ts';
import type { PartDefinition, ProbeResult, ReadyOutput } from './part.ts';
import { PROJECT_ROOT } from './project-root.ts';
import {
  ProviderServerReady,
  providerServerCommand,
  providerServerUrl,
  withoutDeployment,
} from './provider-server.ts';
import type { WardenOptions } from './wire.ts';
import { FLEET_MARK, type PartName, type RunLog } from './run-record.ts';

const PROBE_LIMIT_MS = 5_000;

/** What every part is made from. */
type Common = {
  folder: FleetFolder;
  state: FleetState;
  log: BoundedLog;
  runLog: RunLog;
  onTrouble: (message: string) => void;
};

/** The line that a host-agent prints when it answers. */
export const HostReady = v.object({
  ready: v.literal(true),
  hostId: v.string(),
  backend: HostBackend,
});
export type HostReady = v.InferOutput<typeof HostReady>;

/** The host-agent: runs the machines, and parks them when its stdin closes. */
export function hostAgentPart(
  common: Common & { backend: string; onReady: (ready: HostReady) => void },
): PartDefinition {
  const { folder, state, log, backend, onReady } = common;
  return {
    name: 'the host-agent',
    command: hostAgentCommand({ folder, state, backend }),
    ...surroundings(common, 'host-agent', {}),
    log,
    ready: async (output) => onReady(await readyLine(output, HostReady)),
    probe: () => probe(`http://127.0.0.1:${state.hostPort}/`, (status) => status < 500),
    stopBy: 'stdin',
    stopGraceMs: 30_000,
  };
}

/** The command line of a host-agent for this fleet. */
export function hostAgentCommand({
  folder,
  state,
  backend,
}: {
  folder: FleetFolder;
  state: FleetState;
  backend: string;
}): string[] {
  return [
    process.execPath,
    'apps/host-agent/src/main.ts',
    'serve',
    '--state',
    folder.host,
    '--port',
    String(state.hostPort),
    '--backend',
    backend,
    '--control-url',
    state.url,
    '--repos',
    folder.repos,
    '--image-dir',
    folder.image,
    '--token-file',
    folder.hostTokenFile,
    '--exit-with-stdin',
  ];
}

/** The analytics engine: keeps what machines measure, and is asked in SQL. Ends when its stdin closes. */
export function analyticsEnginePart(common: Common): PartDefinition {
  const { folder, state, log } = common;
  return {
    name: 'the analytics engine',
    command: analyticsEngineCommand(folder, state),
    ...surroundings(common, 'analytics-engine', {}),
    log,
    ready: async (output) => void (await readyLine(output, AnalyticsEngineReady)),
    probe: () => probe(`${analyticsEngineUrl(state)}/healthz`, (status) => status === 200),
    stopBy: 'stdin',
    stopGraceMs: 5_000,
    withoutIt: 'what machines measure is not kept, they heal all the same',
    isHopeless: ({ exitCode, signal }) => exitCode === ENGINE_CANNOT_RUN || signal === 'SIGILL',
  };
}

/** The contract server of a cloud: has its machines made by the host-agent. Ends when its stdin closes. */
export function providerServerPart(common: Common & { cloud: Cloud }): PartDefinition {
  const { folder, state, log, cloud } = common;
  return {
    name: `the local server of ${cloud}`,
    command: providerServerCommand(folder, state, cloud),
    ...surroundings(common, 'provider-server', {}),
    log,
    ready: async (output) => void (await readyLine(output, ProviderServerReady)),
    // Without a key it refuses, which is an answer.
    probe: () => probe(`${providerServerUrl(state)}/`, (status) => status < 500),
    stopBy: 'stdin',
    stopGraceMs: 5_000,
  };
}

/**
 * The control plane: `alchemy dev` in its direct form, with workerd below it. `metrics`: as in `WardenOptions`;
 * `provider`: what it has to know of who makes the machines, as variables.
 */
export function controlPlanePart(
  common: Common & { metrics: WardenOptions['metrics']; provider: NodeJS.ProcessEnv },
): PartDefinition {
  const { folder, state, log, metrics, provider } = common;
  const port = new URL(state.url).port;
  return {
    name: 'the control plane',
    command: [
      process.execPath,
      '--import',
      path.join(import.meta.dirname, 'tether.ts'),
      'alchemy.run.ts',
      '--dev',
    ],
    ...surroundings(common, 'control-plane', {
      FETTLE_PORT: port,
      FETTLE_STATE_DIR: folder.controlPlane,
      FETTLE_MACHINE_KEY: state.machineKey,
      FETTLE_COMMAND_KEY: state.commandKey,
      FETTLE_TOKEN_KEY: state.tokenKey,
      FETTLE_OPERATOR_TOKEN: state.operatorToken,
      ...provider,
      ...(metrics === null ? {} : metricsEnvironment(state, metrics)),
    }),
    log,
    // One such line for every request would push out everything that matters.
    isNoise: (line) => /\[mf:info\].* (2\d\d|304) /.test(line),
    async ready({ lines, signal }) {
      for await (const line of lines) {
        signal.throwIfAborted();
        if (!/control plane: http/.test(line)) continue;
        break;
      }
      while ((await probeControlPlane(state.url)) !== 'ok') await pause(200, undefined, { signal });
    },
    probe: () => probeControlPlane(state.url),
    stopBy: 'SIGTERM',
    stopGraceMs: 5_000,
  };
}

function metricsEnvironment(state: FleetState, { everyMs }: { everyMs: number }): NodeJS.ProcessEnv {
  return {
    FETTLE_ANALYTICS_ENGINE_URL: analyticsEngineUrl(state),
    FETTLE_ANALYTICS_URL: sqlUrl(state),
    FETTLE_ANALYTICS_TOKEN: state.analyticsToken,
    FETTLE_METRICS_EVERY_MS: String(everyMs),
  };
}

/** A workerd that died alone leaves a server that answers 500 to everything. */
function probeControlPlane(url: string): Promise<ProbeResult> {
  return probe(`${url}/healthz`, (status) => status === 200);
}

/** The first line of stdout that is JSON of this form. */
async function readyLine<Schema extends v.GenericSchema>(
  { lines, signal }: ReadyOutput,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  for await (const line of lines) {
    signal.throwIfAborted();
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), line);
    if (parsed.success) return parsed.output;
  }
  throw new Error('ended');
}

function surroundings({ folder, runLog, onTrouble }: Common, part: PartName, env: NodeJS.ProcessEnv) {
  return {
    cwd: PROJECT_ROOT,
    env: { ...withoutDeployment(process.env), [FLEET_MARK]: folder.root, ...env },
    onSpawn: (process: { pid: number; startMark: string }) => runLog.set(part, process),
    owns: (entry: ProcessEntry) => entry.environment.includes(`${FLEET_MARK}=${folder.root}`),
    onTrouble,
  };
}

async function probe(url: string, isGood: (status: number) => boolean): Promise<ProbeResult> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_LIMIT_MS), redirect: 'manual' });
    await response.body?.cancel();
    return isGood(response.status) ? 'ok' : 'broken';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'slow' : 'broken';
  }
}
