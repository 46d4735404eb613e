import { expect, test } from 'vitest';
import type { Bench } from './bench.ts';
import { saysAbsent } from './provider-rows.ts';
import {
  eventually,
  expectUntouched,
  isAbout,
  subject,
  triedLevels,
  type Baseline,
  type Subject,
} from './watch.ts';

/** Machines of the project in which the storm guard stands as it does by default. */
export const MASS = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5'];

/** Rows about many machines at once, whose cause is hardly in each of them. */
export function massRows(bench: Bench): void {
  const machines = () => MASS.map((slot) => subject(bench.fleet, 'mass', slot));
  const project = () => bench.fleet.client.projects.get({ project: 'mass' });

  test(
    '21: a list that leaves out two machines of five is doubted, and nobody is replaced',
    bench.on('mass/web-1', async () => {
      const all = machines();
      const before = await Promise.all(all.map((one) => one.calm()));
      const lost = all.slice(0, 2);
      const undo = bench.fleet.toHost.add((passing) =>
        passing.path === '/rpc/machines/inspect' && lost.some(({ machineId }) => isAbout(machineId, passing))
          ? { do: 'edit', edit: saysAbsent }
          : null,
      );
      for (const one of lost)
        await one.when('is held', ({ incident }) => incident?.held?.reason === 'mass-absence');
      await lost[0]!.looks(5);
      expect((await project()).slots.every(({ plan }) => plan === null)).toBe(true);
      undo();
      await untouched(all, before);
    }),
  );

  test(
    '41: where most machines are sick at once all is held and said once; a person lets them heal one by one',
    bench.on('mass/web-1', async () => {
      const all = machines();
      await Promise.all(all.map((one) => one.calm()));
      const sick = all.slice(0, 3);
      const since = (await project()).now;
      await Promise.all(sick.map(({ hand }) => hand.signal('pidnap', 'SIGSTOP')));
      for (const one of sick)
        await one.when('is held', ({ incident }) => incident?.held?.reason === 'storm-guard');
      await sick[0]!.looks(3);
      const held = await project();
      expect(held.stormGuard).toContain('3 of 5');
      expect(held.notices.filter(({ kind, at }) => kind === 'storm-guard' && at >= since)).toHaveLength(1);
      for (const one of sick)
        expect((await one.view()).incident?.tries.filter(({ outcome }) => outcome !== 'skipped')).toEqual([]);

      await bench.fleet.client.projects.overrideGuard({
        project: 'mass',
        forMs: 600_000,
        reason: 'they are really frozen',
      });
      const incidents = await Promise.all(sick.map((one) => one.healed({ at: since })));
      expect(incidents.map(triedLevels)).toEqual([[3], [3], [3]]);
      const tries = incidents
        .flatMap(({ tries }) => tries.filter(({ outcome }) => outcome === 'healed'))
        .toSorted((a, b) => a.startedAt - b.startedAt);
      for (const [at, one] of tries.slice(1).entries())
        expect(one.startedAt).toBeGreaterThanOrEqual(tries[at]!.endedAt!);
    }),
  );
}

/** Rows about what all machines of a host have in common. Nothing else may be under way. */
export function hostRows(bench: Bench): void {
  async function everyone(): Promise<Subject[]> {
    const list = async (project: string) => {
      const { slots } = await bench.fleet.client.projects.get({ project });
      return slots.flatMap(({ slot, machineId }) =>
        machineId === null ? [] : [subject(bench.fleet, project, slot, Number(machineId.split('.')[2]))],
      );
    };
    return [...(await list('single')), ...(await list('mass'))];
  }

  test.each([
    { how: 'hangs', treatment: { do: 'hold' } as const },
    { how: 'is away', treatment: { do: 'refuse' } as const },
  ])(
    '30: while the engine $how nothing is known of its machines, and nothing is done to them',
    async ({ treatment }) => {
      const all = await everyone();
      const before = await Promise.all(all.map((one) => one.calm()));
      const undo = bench.fleet.toEngine.add(() => treatment);
      const seen = await Promise.all(all.map((one) => one.looks(4)));
      for (const look of seen.flat()) expect([null, 'unknown', 'running']).toContain(look.evidence.provider);
      for (const look of seen.map((looks) => looks[0]!)) expect(look.evidence.provider).not.toBe('running');
      undo();
      await untouched(all, before);
    },
  );

  test('20: a host that asks to be left alone is left alone for as long as it says, and nothing is done', async () => {
    const all = await everyone();
    const before = await Promise.all(all.map((one) => one.calm()));
    const answers: number[] = [];
    const undo = bench.fleet.toHost.add(() => {
      answers.push(performance.now());
      return { do: 'answer', status: 429, headers: { 'retry-after': '10' }, body: 'too many' };
    });
    await eventually('the second round', async () => answers.at(-1)! - answers[0]! > 9000);
    const early = answers.filter((at) => at - answers[0]! < 9000);
    // Every machine may have had a question or two on their way; checks every 2 s would have been five each and more.
    expect(early.length).toBeLessThan(2 * all.length);
    undo();
    await untouched(all, before);
  });
}

async function untouched(all: Subject[], before: Baseline[]): Promise<void> {
  await Promise.all(all.map((one) => one.calm()));
  for (const [at, one] of all.entries()) await expectUntouched(one, before[at]!);
}
