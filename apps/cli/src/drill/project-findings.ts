import type { ProjectView } from '@fettle/contract/project-view';
import type { Before } from './calm.ts';
import type { DrillFleet } from './drill-fleet.ts';

/** The bad commit that a project was given, and when. */
type Given = { at: number; commit: string };

/** What must hold after a rollout that hurt: it went back, and whoever was not in its first wave was never touched. */
export async function whatIsWrongWithRollout(
  { client }: DrillFleet,
  { before, trial, view }: { before: readonly Before[]; trial: Given; view: ProjectView },
): Promise<string[]> {
  const { rollout } = view;
  if (rollout === null) return ['there is no rollout'];
  const [first, ...more] = rollout.waves;
  const wrong = [
    ...(rollout.state === 'reverted' ? [] : [`the rollout is ${rollout.state}`]),
    ...(first?.outcome === 'hurt' ? [] : [`its first wave is ${first?.outcome ?? 'missing'}`]),
    ...(more.length === 0 ? [] : ['a wave was begun after one that hurt']),
  ];
  for (const { slot, view: machine } of before.filter((one) => first?.slots.includes(one.slot) !== true)) {
    const events = await client.machines.events({ machineId: machine.identity.machineId, limit: 100 });
    const touched = events.find(
      ({ at, kind }) => at >= trial.at && (kind === 'version' || kind === 'incident'),
    );
    if (touched !== undefined) wrong.push(`${slot} was touched: ${touched.message}`);
  }
  return wrong;
}

/** What must hold after a version has broken several machines: it is in quarantine, and one incident says so. */
export function whatIsWrongWithBlame(view: ProjectView, { at, commit }: Given): string[] {
  const isQuarantined = view.quarantines.some(
    ({ versions, by }) => versions.customer === commit && by === 'blame',
  );
  const incidents = view.incidents.filter(({ openedAt }) => openedAt >= at);
  return [
    ...(isQuarantined ? [] : [`${commit.slice(0, 7)} is not in quarantine`]),
    ...(incidents.length === 1 ? [] : [`${incidents.length} incidents of the project, expected one`]),
  ];
}
