import { expect, test } from 'vitest';
import { runStep } from '../../apps/cli/src/warden/run-step.ts';
import type { Bench } from './bench.ts';
import { eventually, expectUntouched, triedLevels } from './watch.ts';

/** Rows about what goes wrong within one machine. */
export function machineRows(bench: Bench): void {
  test(
    '28: a service that is killed for memory is pidnap’s to restart, and its reason is kept',
    bench.on('single/memory', async (machine) => {
      const before = await machine.calm();
      await machine.hand.runOutOfMemory('web');
      await machine.when('tells of a restart', ({ services }) =>
        services.some((one) => one.name === 'web' && one.restarts > 0),
      );
      await machine.when(
        'is healthy',
        ({ phase, verdict }) => phase === 'healthy' && verdict?.health === 'healthy',
      );
      const lines = await bench.fleet.client.services.logs({ machineId: machine.machineId, name: 'web' });
      expect(lines.map(({ text }) => text).join('\n')).toContain('out of memory');
      await expectUntouched(machine, before);
    }),
  );

  test(
    '27: a machine whose main process is killed for memory is restarted, and the memory is named',
    bench.on('single/memory', async (machine) => {
      const before = await machine.calm();
      await machine.hand.runOutOfMemory('pidnap');
      const incident = await machine.healed(before);
      expect(triedLevels(incident)).toEqual([3]);
      expect(incident.cause).toMatchObject([{ code: 'machine-stopped' }]);
      expect(incident.cause[0]?.message).toContain('memory');
    }),
  );

  test(
    '29: a full disk is named and costs nothing that worked; nothing is done to the machine over it',
    bench.on('single/disk', async (machine) => {
      const { client } = bench.fleet;
      const before = await machine.calm();
      const { machineId } = machine;
      await machine.guestbook.sign('before the disk was full');
      await machine.hand.sh('dd if=/dev/zero of=data/fill bs=64k count=2048 2>/dev/null; true');
      await machine.when('tells of its disk', ({ resources }) => (resources?.diskUsedPercent ?? 0) > 98);

      const commit = await newCommit(bench, 'commit-good-customer');
      await client.machines.refreshCode({ machineId, refs: { customer: commit } });
      await eventually('why the refresh failed', async () => {
        const events = await client.machines.events({ machineId, limit: 20 });
        return events.some(({ message }) => /disk of the machine is full|no space left/i.test(message));
      });
      await machine.looks(3);
      const after = await machine.view();
      expect(after.versions).toEqual(before.view.versions);
      expect(after.phase).toBe('healthy');
      expect(await machine.guestbook.has('before the disk was full')).toBe(true);
      await expectUntouched(machine, before);
    }),
  );

  test(
    '43: a version whose daemon crashes is rolled back to the proven pair',
    bench.on('single/poison', async (machine) => {
      const before = await machine.calm();
      const commit = await newCommit(bench, 'commit-bad-platform');
      await bench.fleet.client.machines.refreshCode({
        machineId: machine.machineId,
        refs: { platform: commit },
      });
      await machine.when('is known to run a bad version', ({ diagnosis }) => diagnosis?.domain === 'version');
      const incident = await machine.healed(before);
      expect(triedLevels(incident)).toEqual([1, 2]);
      const { versions, ledger } = await machine.view();
      expect(versions).toEqual(before.view.versions);
      expect(ledger.find((entry) => entry.versions.platform === commit)?.state).not.toBe('works');
    }),
  );
}

async function newCommit(bench: Bench, command: string): Promise<string> {
  const args = ['examples/main.ts', command, bench.fleet.folder.repos];
  return (JSON.parse(await runStep(args, AbortSignal.timeout(60_000))) as { commit: string }).commit;
}
