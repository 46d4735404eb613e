import { createPidnapClient } from '@fettle/pidnap/client';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { diskLayout } from '../disk/layout.ts';
import { readCredentials, readMachineSpec } from '../disk/machine-files.ts';
import { readCurrentSet } from '../versions/version-sets.ts';
import { createControlPlaneClient } from './control-plane-client.ts';
import { log } from './log.ts';
import { readMachineState } from './machine-state.ts';
import { watchPidnap } from './pidnap-watch.ts';
import { startReporter } from './reporter.ts';
import { createResourceMeter } from './resource-meter.ts';
import { createRouter } from './router.ts';
import { startServer } from './server.ts';

const startedAt = Date.now();

/** Starts the daemon of the machine whose disk is at FETTLE_ROOT and runs until it is told to stop; the caller exits then. */
async function main(): Promise<void> {
  const root = process.env.FETTLE_ROOT;
  if (!root?.startsWith('/')) throw new Error('FETTLE_ROOT must be the absolute path of the machine’s disk');
  const disk = diskLayout(root);
  const [spec, credentials, running] = await Promise.all([
    readMachineSpec(disk),
    readCredentials(disk),
    readCurrentSet(disk),
  ]);
  const port = spec.ports.daemon;
  if (port === undefined) throw new Error('The machine’s spec has no port for the daemon');

  const bootId = randomUUID();
  const pidnap = createPidnapClient({ socketPath: disk.pidnapSocket });
  const meter = createResourceMeter(disk.root);
  const readState = () => readMachineState({ disk, image: spec.image, pidnap, meter });
  const controlPlane = createControlPlaneClient({
    controlUrl: spec.controlUrl,
    machineToken: credentials.machineToken,
  });

  const stopping = new AbortController();
  const reporter = startReporter({
    collect: async () => ({ bootId, ...(await readState()) }),
    send: (report, options) => controlPlane.report(report, options),
  });
  const router = createRouter({
    bootId,
    startedAt,
    commit: running?.versions.platform ?? 'unknown',
    pidnap,
    readState,
    acceptedMsAgo: reporter.acceptedMsAgo,
  });
  const server = await startServer({ router, token: credentials.commandToken, host: spec.listenHost, port });
  log('info', 'The daemon is ready', { machineId: spec.identity.machineId, port, pid: process.pid });
  void watchPidnap({ pidnap, onChange: reporter.changed, signal: stopping.signal });

  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log('info', 'The daemon stops', { signal: signal[0] });
  stopping.abort();
  reporter.stop();
  server.close();
}

/** A daemon in an unknown state is of no use: it ends, and pidnap starts a new one. */
function end(error: unknown): never {
  log('error', 'The daemon ends', { error, stack: error instanceof Error ? error.stack : undefined });
  process.exit(1);
}

process.on('uncaughtException', end);
process.on('unhandledRejection', end);
main().then(() => process.exit(0), end);
