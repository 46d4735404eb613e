import type { MachineView } from '@fettle/contract/machine-view';
import { CliFailure, EXIT } from '../failure.ts';
import { CALM_LIMIT_MS, patience, prepareSlot, whatIsWrongWith } from './calm.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { MachineFault } from './faults.ts';
import { eventually } from './guestbook.ts';
import { inject } from './inject.ts';
import { score, shortcomings, type DrillResult } from './score.ts';
import type { DrillStory } from './story.ts';
import { watchIncident, watchPidnap } from './watch-healing.ts';

/** Breaks the machine of one slot, watches it heal, and scores what was seen. */
export async function runFault(
  fault: MachineFault,
  { fleet, slot, story, signal }: { fleet: DrillFleet; slot: string; story: DrillStory; signal: AbortSignal },
): Promise<DrillResult> {
  const { client, project, backend } = fleet;
  const { policy } = await client.projects.get({ project });
  const before = await prepareSlot(fault, { fleet, slot, signal });
  const { machineId } = before.view.identity;
  if (fault.level === 4) await waitForCopy(fleet, machineId, signal);

  story.begin(fault, slot, machineId);
  const injection = await inject(fault.name, { fleet, machineId, signal });
  const tell = (at: number, text: string): void => story.tell(at - injection.at, text);
  story.tell(0, `broken: ${injection.description}`);
  const limitMs = patience(fault, policy);
  const watch = { fleet, slot, machineId, injectedAt: injection.at, limitMs, tell, signal };
  const quietMs = policy.check.intervalMs * (policy.check.unhealthyAfter + 1);
  const healing =
    fault.level === 0
      ? await watchPidnap({ ...watch, guestbook: before.guestbook, quietMs })
      : await watchIncident(watch);

  const wrong = healing.healthyAt === null ? [] : await whatIsWrongWith(before, { fleet, signal });
  if (healing.healthyAt !== null && healing.incident?.outcome === 'bricked')
    wrong.push(...(await whatIsWrongWithOld(fleet, before.view)));
  const result = score(fault, { injectedAt: injection.at, wrong, ...healing }, { slot, backend });
  story.end(result, shortcomings(fault, result, wrong));
  return result;
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
