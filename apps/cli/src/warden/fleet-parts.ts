import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HostBackend } from '@fettle/contract/host-agent';
import * as v from 'valibot';
import type { FleetFolder, FleetState } from '../connection/fleet-state.ts';
import type { ProcessEntry } from '../processes/process-table.ts';
import type { BoundedLog } from './bounded-log.ts';
import type { PartDefinition, ProbeResult } from './part.ts';
import { PROJECT_ROOT } from './project-root.ts';
import { FLEET_MARK, type PartName, type RunLog } from './run-record.ts';

const PROBE_LIMIT_MS = 5_000;

/** What both parts are made from. */
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
    async ready({ lines, signal }) {
      for await (const line of lines) {
        signal.throwIfAborted();
        const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), HostReady), line);
        if (!parsed.success) continue;
        onReady(parsed.output);
        return;
      }
      throw new Error('ended');
    },
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

/** The control plane: `alchemy dev` in its direct form, with workerd below it. */
export function controlPlanePart(common: Common): PartDefinition {
  const { folder, state, log } = common;
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
      FETTLE_OPERATOR_TOKEN: state.operatorToken,
      FETTLE_HOST_TOKEN: state.hostToken,
      FETTLE_HOST_URL: `http://127.0.0.1:${state.hostPort}`,
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

/** A workerd that died alone leaves a server that answers 500 to everything. */
function probeControlPlane(url: string): Promise<ProbeResult> {
  return probe(`${url}/healthz`, (status) => status === 200);
}

function surroundings({ folder, runLog, onTrouble }: Common, part: PartName, env: NodeJS.ProcessEnv) {
  return {
    cwd: PROJECT_ROOT,
    env: { ...process.env, [FLEET_MARK]: folder.root, ...env },
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
