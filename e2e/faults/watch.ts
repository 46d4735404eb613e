import { expect } from 'vitest';
import { openGuestbook } from '../../apps/cli/src/drill/guestbook.ts';
import type { Incident } from '../../packages/contract/src/recovery.ts';
import type { MachineView, Snapshot } from '../../packages/contract/src/machine-view.ts';
import { until } from '../npm-start.ts';
import { containerHand, type ContainerFacts, type ContainerHand } from './container-hand.ts';
import type { FaultFleet } from './fault-fleet.ts';
import type { Passing } from './interceptor.ts';

/** How long anything is waited for: a busy computer must not decide a test. */
export const PATIENCE_MS = 300_000;

/** Tries until `look` gives something. An error counts as not yet. */
export const eventually = <T>(what: string, look: () => Promise<T | false | null | undefined>): Promise<T> =>
  until(what, look, PATIENCE_MS);

/** One machine of a project, and how it is watched and held. */
export type Subject = {
  slot: string;
  machineId: string;
  hand: ContainerHand;
  view(): Promise<MachineView>;
  incidents(): Promise<Incident[]>;
  /** Resolves with the view once it fits. */
  when(what: string, fits: (view: MachineView) => boolean): Promise<MachineView>;
  /** Resolves once so many more looks at the machine are over, with what they saw. */
  looks(count: number): Promise<Snapshot[]>;
  /** Waits until it is healthy with no incident open, on versions that have proved themselves. */
  calm(): Promise<Baseline>;
  /** The next incident, once it is over. */
  healed(since: { at: number }): Promise<Incident>;
  guestbook: ReturnType<typeof openGuestbook>;
};

/** What a machine was before a fault. */
export type Baseline = { at: number; container: ContainerFacts; view: MachineView };

/** A machine of a slot, the first one unless it is told otherwise. */
export function subject(fleet: FaultFleet, project: string, slot: string, generation = 1): Subject {
  const machineId = `${project}.${slot}.${generation}`;
  const { client } = fleet;
  const hand = containerHand(fleet.hostId, machineId);
  const view = () => client.machines.get({ machineId });
  const incidents = () => client.machines.incidents({ machineId, limit: 10 });
  const when: Subject['when'] = async (what, fits) => {
    let last: MachineView | null = null;
    const look = async () => fits((last = await view())) && last;
    return eventually(`${machineId} ${what}`, look).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${JSON.stringify(last, null, 1)}`, { cause: error });
    });
  };
  return {
    slot,
    machineId,
    hand,
    view,
    incidents,
    when,
    guestbook: openGuestbook({ url: fleet.url, project, slot }),
    async looks(count) {
      const { now } = await view();
      return eventually(`${count} looks at ${machineId}`, async () => {
        const seen = (await client.machines.snapshots({ machineId, limit: count })).filter(
          ({ at }) => at > now,
        );
        return seen.length >= count && seen;
      });
    },
    async calm() {
      const calm = await when('is calm, or given up', (view) => isCalm(view) || isGivenUp(view));
      if (isGivenUp(calm)) throw new Error(`${machineId} was given up: ${calm.lastEvent?.message}`);
      return { at: calm.now, container: await hand.facts(), view: calm };
    },
    async healed({ at }) {
      const closed = (one: Incident) => one.openedAt >= at && one.closedAt !== null;
      return eventually(`an incident of ${machineId} that is over`, async () =>
        (await incidents()).find(closed),
      );
    },
  };
}

function isCalm({ phase, verdict, incident, ledger }: MachineView): boolean {
  const isProven = ledger.some(({ state }) => state === 'works');
  return phase === 'healthy' && verdict?.health === 'healthy' && incident === null && isProven;
}

function isGivenUp({ phase }: MachineView): boolean {
  return phase === 'bricked' || phase === 'retired' || phase === 'destroyed';
}

/** The levels that were really tried, in their order. */
export function triedLevels(incident: Incident): number[] {
  return incident.tries
    .filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'shadow')
    .map(({ level }) => level);
}

/** Nothing was done to the machine since then: no level was tried, and its container is the same one in the same run. */
export async function expectUntouched(one: Subject, since: Baseline): Promise<void> {
  const incidents = (await one.incidents()).filter(({ openedAt }) => openedAt >= since.at);
  expect(incidents.flatMap(triedLevels)).toEqual([]);
  expect(await one.hand.facts()).toEqual(since.container);
}

/** Whether a request to the host-agent is about this machine. */
export function isAbout(machineId: string, { path, body }: Passing): boolean {
  return path.startsWith(`/machines/${machineId}/`) || body.includes(`"machineId":"${machineId}"`);
}
