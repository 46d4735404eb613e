/**
 * Real faults on real containers: what each does to a machine, and what the product must make of it. Numbers are those
 * of the project's list of faults; docs/faults.md tells operators the same.
 *
 * | row | fault                              | injected by                                     | expected                                    |
 * |-----|------------------------------------|-------------------------------------------------|---------------------------------------------|
 * | 19  | create: outcome unknown            | 500, 429, reply cut, reply swallowed in between | same action id again; one container         |
 * | 20  | 429 with Retry-After               | every request to the host answered so           | nobody asks before; nothing is done         |
 * | 21  | a list that leaves machines out    | 2 of 5 inspections say absent                   | doubted: nothing is replaced                |
 * | 22  | gone; name taken by something else | docker rm, then docker run of the same name     | substituted with its data; stranger stays   |
 * | 23  | an operation outlives its deadline | the restart's reply is swallowed; SIGTERM lost  | asked again under its id; one restart       |
 * | 24  | 304 and 409 races                  | somebody else does it first, at the engine      | taken for done                              |
 * | 25  | main process hangs                 | SIGSTOP to pidnap                               | level 3, no lower one                       |
 * | 26  | paused                             | docker pause                                    | level 3                                     |
 * | 27  | main process out of memory         | memory used up, kernel chooses pidnap           | level 3; memory is named                    |
 * | 28  | a child out of memory              | memory used up, kernel chooses the service      | pidnap restarts it; no incident             |
 * | 29  | disk full                          | a small volume, filled                          | named; versions stay; no action             |
 * | 30  | engine hangs, engine away          | held and refused at the engine's socket         | unknown: nothing is done                    |
 * | 31  | image missing                      | the engine refuses to create                    | level 3 works; substitution is parked       |
 * | 32  | partition                          | iptables in the machine's network, both ways    | network: held, nothing is done              |
 * | 33  | one-way partition                  | the same, new connections of one way only       | nothing is done                             |
 * | 34  | half of all packets lost           | iptables -m statistic, both ways                | nothing is done                             |
 * | 35  | slow answers, bodies without end   | delayed and stalled on the way to the host      | nothing is done                             |
 * | 37  | an old machine comes back          | host says absent, network cut; both healed      | its slot leads to the new one; it is ended  |
 * | 41  | 60 % sick at once                  | SIGSTOP to 3 of 5                               | held, said once; one by one when overridden |
 * | 43  | a poisonous version                | a commit whose daemon crashes                   | level 2: back to the proven pair            |
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { DRILL_POLICY, DRILL_RESTART_BUDGET } from '../../apps/cli/src/drill/drill-policy.ts';
import { demoTemplate } from '../../apps/cli/src/start/demo-policy.ts';
import { Policy, type PolicyInput } from '../../packages/contract/src/policy.ts';
import { makeBench } from './bench.ts';
import { canCutNetworks } from './container-hand.ts';
import { openFaultFleet, type FaultFleet } from './fault-fleet.ts';
import { hostRows, MASS, massRows } from './fleet-rows.ts';
import { machineRows } from './machine-rows.ts';
import { networkRows } from './network-rows.ts';
import { providerRows, troubleCreation } from './provider-rows.ts';
import { PATIENCE_MS } from './watch.ts';

const hasDocker = process.env.FETTLE_DOCKER === '1';
if (!hasDocker) console.warn('!! real faults of containers are not tested: FETTLE_DOCKER is not 1 !!');
const canCut = hasDocker && (process.env.FETTLE_REQUIRE_DOCKER === '1' || (await canCutNetworks()));
if (hasDocker && !canCut)
  console.warn(
    '!! faults of the network are not tested: nobody here may run nsenter and iptables as root !!',
  );

/** One slot for every fault, or for some that leave their machine as it was. Nothing holds back what is done to one. */
const SINGLE = [
  'create',
  'stranger',
  'hang',
  'race',
  'memory',
  'disk',
  'image',
  'network',
  'loss',
  'return',
  'poison',
];
/**
 * The drill's policy, with more patience: sixteen machines start at once here, on two cores. Copies are rare, for nobody
 * asks for them; what was replaced is soon cleaned up, for that is waited for.
 */
const CALM: PolicyInput = {
  ...DRILL_POLICY,
  check: { ...DRILL_POLICY.check, callTimeoutMs: 5_000 },
  report: { ...DRILL_POLICY.report, lateAfterMs: 10_000 },
  grace: { ...DRILL_POLICY.grace, serviceStartMs: 20_000, machineStartMs: 110_000 },
  bakeMs: 15_000,
  // Machines are broken by the dozen soon after they have come: no version is guilty of that.
  blame: { withinMs: 0 },
  copies: { everyMs: 45_000 },
  retainReplacedMs: 45_000,
};
/** Nobody is believed to be gone before everybody was looked at, however slow this computer is. */
const DOUBTFUL: PolicyInput = { ...CALM, check: { ...CALM.check, unhealthyAfter: 4, goneAfter: 4 } };
const LOOSE: PolicyInput = {
  ...CALM,
  budgets: {
    ...CALM.budgets,
    substitutions: { max: 2, withinMs: 3_600_000 },
    projectActions: { max: 1000 },
    hostActions: { max: 1000 },
  },
  stormGuard: { maxSickShare: 1, maxConcurrentShare: 1, maxConcurrentPerHost: 50, maxGoneShare: 1 },
};

describe.skipIf(!hasDocker)('real faults, on containers', { timeout: 2 * PATIENCE_MS }, () => {
  const bench = makeBench();
  const seen = { creates: [] as string[] };
  let fleet: FaultFleet | null = null;

  beforeAll(async () => {
    fleet = await openFaultFleet();
    bench.put(fleet);
    troubleCreation(fleet, seen);
    const template = demoTemplate(fleet.heads);
    const services = template.services.map((one) => ({ ...one, restartBudget: DRILL_RESTART_BUDGET }));
    const projects = [
      { project: 'single', slots: SINGLE, policy: v.parse(Policy, LOOSE) },
      { project: 'mass', slots: MASS, policy: v.parse(Policy, DOUBTFUL) },
    ];
    for (const one of projects)
      await fleet.client.projects.apply({
        organization: 'local',
        template: { ...template, services },
        ...one,
      });
  });

  afterAll(() => fleet?.end());

  describe.concurrent('that hurt one machine, or some', () => {
    providerRows(bench, seen);
    machineRows(bench);
    networkRows(bench, { canCut });
    massRows(bench);
  });

  describe('that hurt the host', () => {
    hostRows(bench);
  });

  test('nothing is left of all this', async () => {
    expect(await bench.fleet.end()).toEqual([]);
  });
});
