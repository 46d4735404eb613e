import * as v from 'valibot';
import type { FleetFolder } from '../connection/fleet-state.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { runStep } from '../warden/run-step.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { MachineFault } from './faults.ts';
import { eventually } from './guestbook.ts';
import { findRole, type MachineHand, type ProcessRole } from './machine-hand.ts';

/** What was done to a machine, and when. */
export type Injection = { at: number; description: string };

type Order = { fleet: DrillFleet; machineId: string; signal: AbortSignal };

const Committed = v.pipe(v.string(), v.parseJson(), v.object({ commit: v.string() }));
const GIVE_UP_LIMIT_MS = 60_000;

/** Breaks a machine from outside, by real means. Resolves when it is broken. */
export async function inject(fault: MachineFault['name'], order: Order): Promise<Injection> {
  const hand = order.fleet.hand(order.machineId);
  switch (fault) {
    case 'service-killed':
      return signalRole(hand, 'web', 'SIGKILL');
    case 'service-down':
      return killUntilGivenUp(hand, order);
    case 'daemon-hangs':
      return signalRole(hand, 'daemon', 'SIGSTOP');
    case 'pidnap-hangs':
      return signalRole(hand, 'pidnap', 'SIGSTOP');
    case 'bad-customer-commit':
      return deployBadCommit('customer', order);
    case 'bad-platform-commit':
      return deployBadCommit('platform', order);
    case 'machine-gone': {
      const at = Date.now();
      await hand.wipeOut();
      return { at, description: `${order.machineId} and its disk are removed` };
    }
  }
}

async function signalRole(
  hand: MachineHand,
  role: ProcessRole,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<Injection> {
  const found = findRole(await hand.processes(), role);
  if (found === null) throw new CliFailure(EXIT.failed, `the machine has no ${role} process to break`);
  const at = Date.now();
  await hand.signal(found.pid, signal);
  return { at, description: `${signal} to ${role} (pid ${found.pid})` };
}

/** Kills the service whenever it runs, until pidnap has given it up. */
async function killUntilGivenUp(hand: MachineHand, { fleet, machineId, signal }: Order): Promise<Injection> {
  const first = await signalRole(hand, 'web', 'SIGKILL');
  let kills = 1;
  const isGivenUp = await eventually(
    async () => {
      const found = findRole(await hand.processes(), 'web');
      if (found !== null) {
        await hand.signal(found.pid, 'SIGKILL');
        kills += 1;
      }
      const { services, incident } = await fleet.client.machines.get({ machineId });
      return incident !== null || services.some(({ name, state }) => name === 'web' && state === 'failed');
    },
    { limitMs: GIVE_UP_LIMIT_MS, everyMs: 100, signal },
  );
  if (!isGivenUp)
    throw new CliFailure(EXIT.failed, `pidnap did not give the service up after ${kills} kills`);
  return { at: first.at, description: `SIGKILL to web, ${kills} times, until pidnap gave it up` };
}

async function deployBadCommit(repository: 'customer' | 'platform', order: Order): Promise<Injection> {
  const { fleet, machineId, signal } = order;
  const commit = await commitBad(repository, fleet.folder, signal);
  const at = Date.now();
  await fleet.client.machines.refreshCode({ machineId, refs: { [repository]: commit } });
  return { at, description: `refresh of ${repository} to ${commit.slice(0, 7)} asked for` };
}

/** Commits a release that does not run to one of the fleet's repositories; resolves with its hash. */
export async function commitBad(
  repository: 'customer' | 'platform',
  { repos }: Pick<FleetFolder, 'repos'>,
  signal: AbortSignal,
): Promise<string> {
  const output = await runStep(['examples/main.ts', `commit-bad-${repository}`, repos], signal);
  return v.parse(Committed, output).commit;
}
