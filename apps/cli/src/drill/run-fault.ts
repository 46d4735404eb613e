import type { MachineView } from '@fettle/contract/machine-view';
import type { Policy } from '@fettle/contract/policy';
import { CliFailure, EXIT } from '../failure.ts';
import { sameVersions } from '../output/same-versions.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { Fault } from './faults.ts';
import { eventually, openGuestbook, type Guestbook } from './guestbook.ts';
import { inject } from './inject.ts';
import { score, shortcomings, type DrillResult } from './score.ts';
import type { DrillStory } from './story.ts';
import { watchIncident, watchPidnap, type Healing } from './watch-healing.ts';

/** A fleet whose machines have just started calms down within this, on two slow cores. */
const CALM_LIMIT_MS = 180_000;
const ROUTE_LIMIT_MS = 30_000;

/** Breaks the machine of one slot, watches it heal, and scores what was seen. */
export async function runFault(
  fault: Fault,
  { fleet, slot, story, signal }: { fleet: DrillFleet; slot: string; story: DrillStory; signal: AbortSignal },
): Promise<DrillResult> {
  const { client, project, url, backend } = fleet;
  const { policy } = await client.projects.get({ project });
  const before = await waitForCalm(fleet, slot, signal);
  const { machineId } = before.identity;
  const guestbook = openGuestbook({ url, project, slot });
  const entry = `before ${fault.name} at ${new Date().toISOString()}`;
  await guestbook.sign(entry);
  if (fault.level === 4) await waitForCopy(fleet, machineId, signal);

  story.begin(fault, slot, machineId);
  const injection = await inject(fault.name, { fleet, machineId, signal });
  const tell = (at: number, text: string): void => story.tell(at - injection.at, text);
  story.tell(0, `broken: ${injection.description}`);
  const limitMs = patience(fault, policy);
  const watch = { fleet, slot, machineId, injectedAt: injection.at, limitMs, tell, signal };
  const quietMs = policy.check.intervalMs * (policy.check.unhealthyAfter + 1);
  const healing =
    fault.level === 0 ? await watchPidnap({ ...watch, guestbook, quietMs }) : await watchIncident(watch);

  const wrong = await whatIsWrong({ fleet, slot, before, guestbook, entry, healing, signal });
  const result = score(fault, { injectedAt: injection.at, wrong, ...healing }, { slot, backend });
  story.end(result, shortcomings(fault, result, wrong));
  return result;
}

/** Waits until the slot's machine is healthy, with no incident open, on versions that are known to work. */
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

/** Waits for a copy that was begun after now: it holds everything that was written so far. */
async function waitForCopy({ client }: DrillFleet, machineId: string, signal: AbortSignal): Promise<void> {
  const since = Date.now();
  const isThere = await eventually(
    async () => ((await client.machines.get({ machineId })).provider?.lastCopy?.takenAt ?? 0) > since,
    { limitMs: CALM_LIMIT_MS, signal },
  );
  if (!isThere) throw new CliFailure(EXIT.notHealthy, `no copy of ${machineId} was taken`);
}

/** How long the healing may take: detection, every level up to the expected one to its limit, and the settle time. */
function patience(fault: Fault, policy: Policy): number {
  const { check, report, ladder, settleMs } = policy;
  const detection = report.lateAfterMs + check.intervalMs * (check.unhealthyAfter + 2);
  const levels = ladder.filter(({ level }) => level <= Math.max(fault.level, 1));
  const trying = levels.reduce((sum, { attempts, timeoutMs }) => sum + attempts * timeoutMs, 0);
  return detection + trying + settleMs + 30_000;
}

/** Everything that must hold besides the level: the route leads to a working service, and nothing was lost. */
async function whatIsWrong({
  fleet,
  slot,
  before,
  guestbook,
  entry,
  healing,
  signal,
}: {
  fleet: DrillFleet;
  slot: string;
  before: MachineView;
  guestbook: Guestbook;
  entry: string;
  healing: Healing;
  signal: AbortSignal;
}): Promise<string[]> {
  if (healing.healthyAt === null) return [];
  const wrong: string[] = [];
  const isRouted = await eventually(() => guestbook.answers(), { limitMs: ROUTE_LIMIT_MS, signal });
  if (!isRouted) wrong.push(`the route of ${slot} does not lead to a working service`);
  else if (!(await guestbook.has(entry))) wrong.push('the entry that was written before is lost');
  const { machineId } = await fleet.client.slots.resolve({ project: fleet.project, slot });
  if (machineId === null) return [...wrong, `${slot} leads to no machine`];
  const { versions } = await fleet.client.machines.get({ machineId });
  if (before.versions !== null && !sameVersions(before.versions, versions)) {
    wrong.push('it does not run the versions that worked before');
  }
  if (healing.incident?.outcome === 'bricked') wrong.push(...(await whatIsWrongWithOld(fleet, before)));
  return wrong;
}

async function whatIsWrongWithOld({ client, project }: DrillFleet, before: MachineView): Promise<string[]> {
  const { machineId } = before.identity;
  const view = await client.projects.get({ project });
  const isMarked = view.retired.some((one) => one.machineId === machineId);
  const isNoticed = view.notices.some(({ kind, machineId: id }) => kind === 'bricked' && id === machineId);
  return [
    ...(isMarked ? [] : [`${machineId} is not marked for clean-up`]),
    ...(isNoticed ? [] : [`no notice says that ${machineId} was given up`]),
  ];
}
