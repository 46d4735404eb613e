import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceBundle } from '../packages/contract/src/evidence.ts';
import { until } from './npm-start.ts';
import { openVersionsFleet, type VersionsFleet } from './versions-fleet.ts';

const hasDocker = process.env.FETTLE_DOCKER === '1';
if (!hasDocker) console.warn('!! saved work is not tested on containers: FETTLE_DOCKER is not 1 !!');

const FILE = 'versions/current/customer/notes.txt';
const WORDS = 'what nobody has committed';

describe.each([
  { backend: 'process' as const, isOn: true },
  { backend: 'docker' as const, isOn: hasDocker },
])('work that nobody has committed, machines as $backend', ({ backend, isOn }) => {
  describe.skipIf(!isOn)('from a machine that is given up to the one that takes its place', () => {
    let fleet: VersionsFleet;

    beforeAll(async () => {
      // A machine that is sick is replaced at once: what is not saved before that is lost.
      const policy = { ladder: [{ level: 4 as const, attempts: 1, timeoutMs: 300_000 }] };
      fleet = await openVersionsFleet({ backend, slots: 1, policy });
      await fleet.calm();
    });

    afterAll(() => fleet.end());

    const inside = (script: string) => fleet.fettle('exec', 'web-1', '--', 'node', '-e', script);
    const read = async () => (await inside(`console.log(fs.readFileSync('${FILE}', 'utf8'))`)).stdout.trim();
    const route = async () =>
      (await fleet.client.slots.resolve({ project: fleet.project, slot: 'web-1' })).machineId;

    test('it is saved before the machine is stopped, with what the machine was like', async () => {
      expect((await inside(`fs.writeFileSync('${FILE}', '${WORDS}\\n')`)).code).toBe(0);
      const { services } = await fleet.client.machines.get({ machineId: (await route())! });
      const daemon = services.find(({ name }) => name === 'daemon')!;
      await inside(`process.kill(${daemon.pid}, 'SIGSTOP')`);
      await until('the replacement', async () => (await route()) === 'demo.web-1.2');

      const { stdout } = await fleet.fettle('evidence', 'show', 'web-1', '--json');
      const bundle = JSON.parse(stdout) as EvidenceBundle;
      expect(bundle).toMatchObject({
        machineId: 'demo.web-1.1',
        level: 4,
        missing: [],
        work: [{ repository: 'customer', files: 1 }],
      });
      const logs = await fleet.fettle('evidence', 'get', 'web-1', '--part', 'logs.txt');
      expect(logs.stdout).toContain('Guestbook');
    });

    test('one command brings it back, as uncommitted changes', async () => {
      await fleet.calm();
      expect((await inside(`fs.accessSync('${FILE}')`)).code).not.toBe(0);
      expect((await fleet.fettle('work', 'list', 'web-1')).stdout).toContain('demo.web-1.1/');
      expect((await fleet.fettle('work', 'restore', 'web-1')).code).toBe(0);
      expect(await read()).toBe(WORDS);
    });
  });
});
