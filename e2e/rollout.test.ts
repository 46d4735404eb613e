import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './npm-start.ts';
import { openVersionsFleet, type VersionsFleet } from './versions-fleet.ts';

/** Longer than a report may be late, and no longer: here it is waited for again and again. */
const QUICK = { bakeMs: 6_000, rollout: { bakeMs: 6_000, waveTimeoutMs: 120_000 } };

// A bad commit for the project, and one on all machines at once, are faults of the drill.
describe('versions of a fleet of three, on plain processes', () => {
  let fleet: VersionsFleet;

  beforeAll(async () => {
    fleet = await openVersionsFleet({ backend: 'process', slots: 3, policy: QUICK });
    await fleet.calm();
  });

  afterAll(() => fleet.end());

  const view = () => fleet.client.projects.get({ project: fleet.project });
  const customers = async () => (await view()).slots.map(({ versions }) => versions?.customer);

  test('a good commit goes through it in waves, past a slot that is pinned', async () => {
    const before = await customers();
    const commit = await fleet.commitGood();
    expect((await fleet.fettle('pin', 'web-3', '--reason', 'somebody shows it')).code).toBe(0);
    const { code, stdout, stderr } = await fleet.fettle('rollout', 'start', '--customer', commit, '--wait');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/wave 1: web-[12]\n[\s\S]*wave 1 good[\s\S]*wave 2: web-[12]\n[\s\S]*wave 2 good/);
    expect(stdout).toContain('left out: web-3');
    expect(await customers()).toEqual([commit, commit, before[2]]);
  });

  test('what three slots have run well is known of all of them, by the command line too', async () => {
    await fleet.calm();
    expect((await fleet.fettle('unpin', 'web-3')).code).toBe(0);
    await until('two proven version sets', async () => (await view()).proven.length === 2);
    const { stdout } = await fleet.fettle('versions', 'web-3');
    expect(stdout).toMatch(/PROVEN[\s\S]*web-[12], web-[12]/);
  });

  test('versions that a person quarantines are taken away from whoever runs them, and refused until they are lifted', async () => {
    const present = (await customers())[0]!;
    const name = present.slice(0, 12);
    const added = await fleet.fettle('quarantine', 'add', name, '--reason', 'it is slow');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    const { rollout } = await until('the end of the way back', async () => {
      const now = await view();
      return now.rollout?.kind === 'revert' && now.rollout.endedAt !== null && now;
    });
    expect(rollout?.state).toBe('done');
    expect(await customers()).not.toContain(present);
    const refused = await fleet.fettle('rollout', 'start', '--customer', present);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('QUARANTINED') as string });
    expect((await fleet.fettle('quarantine', 'lift', name, '--reason', 'it is quick')).code).toBe(0);
    expect((await view()).quarantines).toEqual([]);
  });
});
