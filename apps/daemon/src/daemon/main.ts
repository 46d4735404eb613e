import type { PointBody } from '@fettle/core/telemetry/point-buffer';
import { createSignedRequestCheck } from '@fettle/pidnap/signed-requests';
import { once } from 'node:events';
import { monotonicMs } from './monotonic.ts';
import { createCollectors } from '../collectors/collectors.ts';
import { createResourceMeter } from '../collectors/resource-meter.ts';
import { createMachineCredentials } from '../credentials/machine-credentials.ts';
import { diskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { createPidnapPoints, type PointMark } from '../points/pidnap-points.ts';
import { startPointReporter, type PointReporter } from '../points/point-reporter.ts';
import { readTold } from '../points/told-file.ts';
import { readCurrentSet } from '../versions/current-set.ts';
import { newBootId } from './boot-id.ts';
import { collectGarbageNowAndThen } from './collect-garbage.ts';
import { createControlPlaneClient } from './control-plane-client.ts';
import { log } from './log.ts';
import { readMachineState } from './machine-state.ts';
import { connectToPidnap } from './pidnap-client.ts';
import { watchPidnap } from './pidnap-watch.ts';
import { startReporter } from './reporter.ts';
import { watchVersions } from './running-versions.ts';
import { startServer } from './server.ts';

const startedAt = Date.now();

/** A command is a few hundred bytes. */
const MAX_COMMAND_BYTES = 64 * 1024;

/** Starts the daemon of the machine whose disk is at FETTLE_ROOT and runs until it is told to stop; the caller exits then. */
async function main(): Promise<void> {
  const root = process.env.FETTLE_ROOT;
  if (!root?.startsWith('/')) throw new Error('FETTLE_ROOT must be the absolute path of the machine’s disk');
  const disk = diskLayout(root);
  const spec = readMachineSpec(disk);
  const credentials = createMachineCredentials({ disk, spec, keeps: true });
  const running = readCurrentSet(disk);
  const port = spec.ports.daemon;
  if (port === undefined) throw new Error('The machine’s spec has no port for the daemon');

  const bootId = newBootId();
  const pidnap = connectToPidnap(disk.pidnapSocket);
  const meter = createResourceMeter(createCollectors({ root: disk.root }));
  const versions = watchVersions(disk, spec.image);
  const readState = () => readMachineState({ versions, pidnap, meter });
  const controlPlane = createControlPlaneClient({ controlUrl: spec.controlUrl, credentials });

  const stopping = new AbortController();
  const reporter = startReporter({
    collect: async () => ({ bootId, ...(await readState()) }),
    send: (report, options) => controlPlane.report(report, options),
  });
  const server = await startServer({
    loadHandler: async () => {
      const { createRpcHandler } = await import('./rpc-handler.ts');
      const commit = running?.versions.platform ?? 'unknown';
      const { acceptedMsAgo } = reporter;
      const bootstrap = async (token: string) => {
        await credentials.bootstrap(token);
        reporter.release();
      };
      return createRpcHandler({ bootId, startedAt, commit, pidnap, readState, acceptedMsAgo, bootstrap });
    },
    check: createSignedRequestCheck({
      audience: `${spec.identity.machineId}/daemon`,
      keys: credentials.commandKeys,
      renewKeys: credentials.renewKeys,
      maxBodyBytes: MAX_COMMAND_BYTES,
      onRefused: (why) => log('warn', 'A command was refused', { why }),
    }),
    host: spec.listenHost,
    port,
  });
  log('info', 'The daemon is ready', { machineId: spec.identity.machineId, port, pid: process.pid });

  const toldFile = disk.told;
  const readyAt = monotonicMs();
  const hold = (body: PointBody, mark: PointMark) => points.hold(body, mark);
  const told = readTold(toldFile);
  const ofPidnap = createPidnapPoints({ pidnap, toldFile, told, readyAt, hold });
  const points: PointReporter<PointMark> = startPointReporter<PointMark>({
    sample: () => {
      void ofPidnap.lookAtStart();
      return { body: { kind: 'resource', ...meter.point() }, mark: null };
    },
    send: async (measured, options) => {
      const report = { bootId, sentAt: Date.now(), versions: versions(), points: measured };
      return controlPlane.reportMetrics(report, options);
    },
    onDone: ofPidnap.onDone,
  });
  void watchPidnap({
    pidnap,
    onEvent(event) {
      ofPidnap.onEvent(event);
      reporter.changed();
    },
    onBreak: reporter.changed,
    signal: stopping.signal,
  });
  collectGarbageNowAndThen();

  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log('info', 'The daemon stops', { signal: signal[0] });
  stopping.abort();
  reporter.stop();
  points.stop();
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
