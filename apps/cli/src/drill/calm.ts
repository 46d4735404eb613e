import type { MachineView } from '@fettle/contract/machine-view';
import type { Policy } from '@fettle/contract/policy';
import { CliFailure, EXIT } from '../failure.ts';
import { sameVersions } from '../output/same-versions.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { Fault } from './faults.ts';
import { eventually, openGuestbook, type Guestbook } from './guestbook.ts';

/** A fleet whose machines have just started calms down within this, on two slow cores. */
export const CALM_LIMIT_MS = 180_000;
const ROUTE_LIMIT_MS = 30_000;

/** A slot before it is broken: its machine, and an entry that must survive. */
export type Before = { slot: string; view: MachineView; guestbook: Guestbook; entry: string };

/**
 * Waits until the slot's machine is healthy, with no incident open, on versions that are known to work, and leaves an
 * entry in its guestbook.
 */
export async function prepareSlot(
  fault: Fault,
  { fleet, slot, signal }: { fleet: DrillFleet; slot: string; signal: AbortSignal },
): Promise<Before> {
  const view = await waitForCalm(fleet, slot, signal);
  const guestbook = openGuestbook({ url: fleet.url, project: fleet.project, slot });
  const entry = `before ${fault.name} at ${new Date().toISOString()}`;
  // Healthy a moment ago is no promise on a busy computer; an entry that is there twice does no harm.
  const isSigned = await eventually(() => guestbook.sign(entry).then(() => true), {
    limitMs: ROUTE_LIMIT_MS,
    signal,
  });
  if (!isSigned) throw new CliFailure(EXIT.notHealthy, `${slot} takes no entry`);
  return { slot, view, guestbook, entry };
}

/** What must hold after the healing, whatever was broken: a route to a working service, no loss, the versions of before. */
export async function whatIsWrongWith(
  { slot, view, guestbook, entry }: Before,
  { fleet, signal }: { fleet: DrillFleet; signal: AbortSignal },
): Promise<string[]> {
  const wrong: string[] = [];
  const isRouted = await eventually(() => guestbook.answers(), { limitMs: ROUTE_LIMIT_MS, signal });
  if (!isRouted) wrong.push(`the route of ${slot} does not lead to a working service`);
  else if (!(await eventually(() => guestbook.has(entry), { limitMs: ROUTE_LIMIT_MS, signal })))
    wrong.push(`the entry that was written to ${slot} before is lost`);
  const { machineId } = await fleet.client.slots.resolve({ project: fleet.project, slot });
  if (machineId === null) return [...wrong, `${slot} leads to no machine`];
  const { versions } = await fleet.client.machines.get({ machineId });
  if (view.versions !== null && !sameVersions(view.versions, versions)) {
    wrong.push(`${slot} does not run the versions that worked before`);
  }
  return wrong;
}

/** How long the healing may take: detection, every level up to the expected one to its limit, and the settle time. */
export function patience(fault: Fault, policy: Policy): number {
  const { check, report, ladder, settleMs } = policy;
  const detection = report.lateAfterMs + check.intervalMs * (check.unhealthyAfter + 2);
  const levels = ladder.filter(({ level }) => level <= Math.max(fault.level, 1));
  const trying = levels.reduce((sum, { attempts, timeoutMs }) => sum + attempts * timeoutMs, 0);
  return detection + trying + settleMs + 30_000;
}

async function waitForCalm(fleet: DrillFleet, slot: string, signal: AbortSignal): Promise<MachineView> {
  const { client, project } = fleet;
  let view: MachineView | null = null;
  const isCalm = await eventually(
    async () => {
      const { machineId } = await client.slots.resolve({ project, slot });
      if (machineId === null) return false;
      view = await client.machines.get({ machineId });
      return isReady(view);
    },
    { limitMs: CALM_LIMIT_MS, signal },
  );
  if (isCalm && view !== null) return view;
  const last = view as MachineView | null;
  throw new CliFailure(EXIT.notHealthy, `${slot} is ${last?.phase ?? 'empty'} and not ready to be broken`);
}

function isReady(view: MachineView): boolean {
  const { phase, verdict, incident, ledger, versions } = view;
  const isProven = ledger.some((entry) => entry.state === 'works' && sameVersions(entry.versions, versions));
  return phase === 'healthy' && verdict?.health === 'healthy' && incident === null && isProven;
}
