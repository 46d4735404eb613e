import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startTestControlPlane, type TestControlPlane } from './test-control-plane.ts';
import { makeTestMachine, type TestMachine } from './test-machine.ts';
import { makeTestWorld } from './test-repositories.ts';
import { waitFor } from './wait-for.ts';

/** A daemon as it runs in a machine, and what it costs. Linux only: the figures come from `/proc`. */
export type MeasuredDaemon = {
  pid: number;
  machine: TestMachine;
  controlPlane: TestControlPlane;
  /** Resident memory in bytes: anonymous and file pages. */
  memoryBytes(): number;
  /** Processor time of all its threads since its start, in milliseconds. */
  cpuMs(): number;
  stop(): Promise<void>;
};

/**
 * Starts a machine of plain processes with a real pidnap, its daemon from the bundle, one service, and a stand-in for the
 * control plane that asks for reports every `reportEveryMs`. Resolves when the start was told: the daemon is quiet then.
 */
export async function startMeasuredDaemon({ reportEveryMs = 30_000 } = {}): Promise<MeasuredDaemon> {
  const world = await makeTestWorld();
  const controlPlane = await startTestControlPlane({ reportEveryMs });
  const machine = await makeTestMachine(world, await world.repositories(), { controlUrl: controlPlane.url });
  const stop = async () => {
    await machine.shutDown();
    await controlPlane.goAway();
    await world.remove();
  };
  try {
    await machine.boot();
    await waitFor('the start is told', () =>
      controlPlane.metrics.some(({ points }) => points.some(({ kind }) => kind === 'startup')),
    );
    const { pid } = await machine.pidnap.get({ name: 'daemon' });
    if (pid === null) throw new Error('The daemon does not run');
    return {
      pid,
      machine,
      controlPlane,
      memoryBytes: () => residentBytes(pid),
      cpuMs: () => processorMs(pid),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resident memory of a process in bytes: RssAnon and RssFile of `/proc/PID/status`. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return (kilobytes('RssAnon') + kilobytes('RssFile')) * 1024;
}

/** Processor time by the scheduler's own account, in nanoseconds there: ticks of 10 ms are too coarse for this. */
export function processorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const used = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return used.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = Number(process.argv[2] ?? 120);
  const daemon = await startMeasuredDaemon();
  try {
    await delay(5000);
    const before = daemon.cpuMs();
    await delay(seconds * 1000);
    const perMinute = ((daemon.cpuMs() - before) * 60) / seconds;
    console.log(`memory ${(daemon.memoryBytes() / 1024 / 1024).toFixed(1)} MB`);
    console.log(`cpu ${perMinute.toFixed(1)} ms per minute, over ${seconds} s`);
  } finally {
    await daemon.stop();
  }
}
