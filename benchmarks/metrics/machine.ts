import { startTestControlPlane } from '../../apps/daemon/test/test-control-plane.ts';
import { makeTestMachine } from '../../apps/daemon/test/test-machine.ts';
import { makeTestWorld } from '../../apps/daemon/test/test-repositories.ts';
import { waitFor } from '../../apps/daemon/test/wait-for.ts';

/** A real machine of plain processes: bundled runtime, pidnap, the daemon and one service. */
export type BenchMachine = {
  /** The daemon's process. */
  daemonPid: number;
  /** Reports of health and of points that the control plane took so far. */
  taken: () => { health: number; points: number };
  close: () => Promise<void>;
};

/** Starts one that reports to a control plane in this process, as often as said, and waits until its start was told. */
export async function startMachine({ reportEveryMs }: { reportEveryMs: number }): Promise<BenchMachine> {
  const world = await makeTestWorld();
  const controlPlane = await startTestControlPlane({ reportEveryMs });
  const machine = await makeTestMachine(world, await world.repositories(), { controlUrl: controlPlane.url });
  const close = async () => {
    await machine.shutDown();
    await controlPlane.goAway();
    await world.remove();
  };
  try {
    await machine.boot();
    const { pid } = await machine.pidnap.get({ name: 'daemon' });
    if (pid === null) throw new Error('the daemon does not run');
    await waitFor('the start is told', () =>
      controlPlane.metrics.some(({ points }) => points.some(({ kind }) => kind === 'startup')),
    );
    const taken = () => ({ health: controlPlane.reports.length, points: controlPlane.metrics.length });
    return { daemonPid: pid, taken, close };
  } catch (error) {
    await close();
    throw error;
  }
}
