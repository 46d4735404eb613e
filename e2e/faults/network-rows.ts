import { expect, test } from 'vitest';
import type { Bench } from './bench.ts';
import { expectUntouched, isAbout, type Baseline, type Subject } from './watch.ts';

/** More than enough failed looks for an incident, and for what would follow from one. */
const MANY_LOOKS = 8;
const NEW_CONNECTIONS = ['-p', 'tcp', '--syn'];
const HALF = ['-m', 'statistic', '--mode', 'random', '--probability', '0.5'];

/** Rows about the path between a machine and us. `canCut`: rules can be put into a machine's network. */
export function networkRows(bench: Bench, { canCut }: { canCut: boolean }): void {
  const cut = test.skipIf(!canCut);

  cut(
    '33: a machine that we cannot reach, and whose reports arrive, is left alone',
    bench.on('single/network', async (machine) => {
      const before = await machine.calm();
      await machine.hand.drop('INPUT', ...NEW_CONNECTIONS);
      const seen = await machine.looks(MANY_LOOKS);
      expect(seen.some(({ evidence }) => evidence.routes.some(({ ok }) => ok !== true))).toBe(true);
      await leftAlone(machine, before);
    }),
  );

  cut(
    '33: a machine that we can reach, and whose reports do not arrive, is left alone',
    bench.on('single/network', async (machine) => {
      const before = await machine.calm();
      await machine.hand.drop('OUTPUT', ...NEW_CONNECTIONS);
      await machine.when('has a late report', ({ lastReportAt, now }) => now - (lastReportAt ?? 0) > 15_000);
      await machine.looks(MANY_LOOKS);
      expect((await machine.view()).phase).toBe('healthy');
      await leftAlone(machine, before);
    }),
  );

  cut(
    '32: a machine behind a partition is known to run, and nothing is done to it',
    bench.on('single/network', async (machine) => {
      const before = await machine.calm();
      for (const way of ['INPUT', 'OUTPUT'] as const) await machine.hand.drop(way);
      await machine.when('is known to be cut off', ({ diagnosis }) => diagnosis?.domain === 'network');
      await machine.looks(MANY_LOOKS);
      await leftAlone(machine, before);
    }),
  );

  cut(
    '34: a machine that loses half of its packets is left alone',
    bench.on('single/loss', async (machine) => {
      const before = await machine.calm();
      for (const way of ['INPUT', 'OUTPUT'] as const) await machine.hand.drop(way, ...HALF);
      await machine.looks(MANY_LOOKS + 2);
      await leftAlone(machine, before);
    }),
  );

  test.each([
    { how: 'come too late', treatment: { do: 'delay', ms: 15_000 } as const },
    { how: 'begin and never end', treatment: { do: 'stall-body' } as const },
  ])('35: answers that $how are no answers, and nothing is done', ({ treatment }) =>
    bench.on('single/loss', async (machine) => {
      const before = await machine.calm();
      const undo = bench.fleet.toHost.add((passing) =>
        isAbout(machine.machineId, passing) ? treatment : null,
      );
      const seen = await machine.looks(MANY_LOOKS / 2);
      expect(seen.every(({ evidence }) => evidence.provider === null)).toBe(true);
      expect((await machine.view()).phase).toBe('healthy');
      undo();
      await leftAlone(machine, before);
    })(),
  );
}

/** What was cut is mended: the machine is healthy again, and all this time nobody touched it. */
async function leftAlone(machine: Subject, before: Baseline): Promise<void> {
  await expectUntouched(machine, before);
  await machine.hand.openNetwork();
  await machine.calm();
  await expectUntouched(machine, before);
}
