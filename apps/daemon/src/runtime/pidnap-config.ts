/** What pidnap runs in a machine, from the machine's spec. Pure. */
import type { MachineSpec } from '@fettle/contract';
import { CHECKOUT_PROCESS, CREDENTIALS_PROCESS, checkoutCommand } from '@fettle/core/version-change';
import type { PidnapConfigInput } from '@fettle/pidnap';
import type { ProcessDefinitionInput } from '@fettle/pidnap/contract';
import { delimiter, dirname } from 'node:path';
import { currentCheckout, type DiskLayout } from '../disk/layout.ts';
import { DAEMON_ENTRY } from '../versions/entry-file.ts';

/** Quick enough to notice a sick service within seconds; the first minute belongs to its start. */
const PROBE = { intervalMs: 2000, timeoutMs: 2000, retries: 3, startPeriodMs: 60_000 };

/**
 * A daemon that hangs is the control plane's to notice: its reports stay away, and it is restarted as a recorded step
 * of an incident. pidnap does it only after minutes, for a machine whose control plane is away; until a run has answered
 * once it asks twice a second all the same. Each probe is a tenth of what an idle daemon costs in a minute.
 */
const DAEMON_PROBE = { ...PROBE, intervalMs: 30_000, retries: 10 };

/**
 * The daemon works for milliseconds in a minute: what makes long runs fast only takes memory here. Neither optimizing
 * compilers nor threads for them and the garbage collector, and a small space for young objects: 4 MB less altogether.
 * It has its garbage collected itself (`collect-garbage.ts`).
 */
const DAEMON_NODE_FLAGS = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--expose-gc',
];

/** Gives up on a daemon that cannot start, so that the control plane sees `failed` and restores versions. */
const DAEMON_BUDGET = { maxRestarts: 5, withinMs: 60_000 };

/** A repository that is away for a moment must not end a machine's first start. */
const CHECKOUT_RETRIES = {
  backoff: { initialMs: 1000, factor: 2, maxMs: 15_000, jitter: 0.2 },
  budget: { maxRestarts: 10, withinMs: 300_000 },
};

/** It repeats by itself until it is answered: it ends only when it was refused, and then a new token may yet come. */
const CREDENTIALS_RETRIES = {
  backoff: { initialMs: 5000, factor: 3, maxMs: 60_000, jitter: 0.2 },
  budget: { maxRestarts: 1000, withinMs: 3_600_000 },
};

/** By these a host finds the processes of a machine that runs without a container, also when pidnap is gone. */
const MARKS = ['FETTLE_MACHINE_ID', 'FETTLE_HOST_ID'];

const BACKOFF = { initialMs: 500, factor: 2, maxMs: 10_000, jitter: 0.1 };

/** Where this machine's programs are. */
export type RuntimePaths = {
  /** The Node that runs everything. */
  node: string;
  /** `runtime.cjs`. */
  runtime: string;
  /** PATH of whoever starts the machine. */
  path: string;
};

/**
 * pidnap's configuration: the tasks for credentials and the checkout first, then the daemon and the services. No token is in it, and no
 * process gets one in its environment.
 */
export function pidnapConfig(spec: MachineSpec, disk: DiskLayout, paths: RuntimePaths): PidnapConfigInput {
  const env = machineEnv(spec, disk, paths);
  const services = spec.services.map((service) => [
    service.name,
    serviceDefinition({ service, spec, disk, env }),
  ]);
  return {
    stateDir: disk.pidnapState,
    markerEnv: MARKS,
    listen: {
      socket: disk.pidnapSocket,
      tcp: {
        host: spec.listenHost,
        port: portOf(spec, 'pidnap'),
        keysFile: disk.pidnapKeysFile,
        audience: commandAudience(spec, 'pidnap'),
      },
    },
    processes: {
      [CREDENTIALS_PROCESS]: {
        command: [paths.node, paths.runtime, 'credentials', '--root', disk.root],
        cwd: disk.root,
        env,
        inheritEnv: ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
        restart: 'on-failure',
        ...CREDENTIALS_RETRIES,
      },
      [CHECKOUT_PROCESS]: {
        command: checkoutCommand({ ...paths, root: disk.root }),
        cwd: disk.root,
        env,
        inheritEnv: ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
        restart: 'on-failure',
        dependsOn: [{ process: CREDENTIALS_PROCESS, condition: 'completed' }],
        ...CHECKOUT_RETRIES,
      },
      daemon: {
        command: [paths.node, ...DAEMON_NODE_FLAGS, DAEMON_ENTRY],
        cwd: currentCheckout(disk, 'platform'),
        env,
        inheritEnv: ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'],
        restart: 'always',
        backoff: BACKOFF,
        budget: DAEMON_BUDGET,
        dependsOn: [{ process: CHECKOUT_PROCESS, condition: 'completed' }],
        health: { kind: 'http', url: probeUrl(spec, 'daemon', '/healthz'), ...DAEMON_PROBE },
      },
      ...Object.fromEntries(services),
    },
  };
}

function serviceDefinition({
  service,
  spec,
  disk,
  env,
}: {
  service: MachineSpec['services'][number];
  spec: MachineSpec;
  disk: DiskLayout;
  env: Record<string, string>;
}): ProcessDefinitionInput {
  return {
    command: service.command,
    cwd: currentCheckout(disk, 'customer'),
    env: {
      ...env,
      HOST: spec.listenHost,
      PORT: String(portOf(spec, service.name)),
      DATA_DIR: disk.data,
      NODE_ENV: 'production',
    },
    restart: 'always',
    backoff: BACKOFF,
    budget: service.restartBudget,
    dependsOn: [{ process: CHECKOUT_PROCESS, condition: 'completed' }],
    health: { kind: 'http', url: probeUrl(spec, service.name, service.healthPath), ...PROBE },
  };
}

/** What every process may know. Our own Node comes first on the PATH: `node` in a service's command means it. */
function machineEnv(
  { identity }: MachineSpec,
  disk: DiskLayout,
  paths: RuntimePaths,
): Record<string, string> {
  return {
    PATH: `${dirname(paths.node)}${delimiter}${paths.path}`,
    HOME: disk.home,
    FETTLE_ROOT: disk.root,
    FETTLE_MACHINE_ID: identity.machineId,
    FETTLE_PROJECT: identity.project,
    FETTLE_SLOT: identity.slot,
  };
}

function probeUrl(spec: MachineSpec, name: string, path: string): string {
  return `http://${localAddress(spec.listenHost)}:${portOf(spec, name)}${path}`;
}

/** What commands to a part of this machine are signed for. */
export function commandAudience({ identity }: MachineSpec, part: 'pidnap' | 'daemon'): string {
  return `${identity.machineId}/${part}`;
}

/** An address under which a listener bound to `host` is reached from the same machine. */
export function localAddress(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function portOf(spec: MachineSpec, name: string): number {
  const port = spec.ports[name];
  if (port === undefined) throw new Error(`The machine’s spec has no port for ${name}`);
  return port;
}
