import type { ProjectView } from '@fettle/contract/project-view';
import type { Rollout } from '@fettle/contract/rollout';
import { setTimeout as pause } from 'node:timers/promises';
import { CliFailure, EXIT } from '../failure.ts';
import { rolloutProgress } from '../output/describe-rollout.ts';
import { clean } from '../output/table.ts';
import { patience, prepareSlot, whatIsWrongWith, type Before } from './calm.ts';
import type { DrillFleet } from './drill-fleet.ts';
import type { ProjectFault } from './faults.ts';
import { commitBad } from './inject.ts';
import { joinIncidents, score, shortcomings, type DrillResult } from './score.ts';
import type { DrillStory } from './story.ts';
import { watchIncident, type Healing } from './watch-healing.ts';
import { whatIsWrongWithBlame, whatIsWrongWithRollout } from './project-findings.ts';

const LOOK_EVERY_MS = 250;

type Order = { fleet: DrillFleet; story: DrillStory; signal: AbortSignal };

/** What was done to a project, and how it can be told that it is over. */
type Trial = {
  at: number;
  commit: string;
  /** In what way it comes to machines, for people. */
  how: string;
  /** Slots whose machines get the commit, as far as that is known. */
  hit: (view: ProjectView) => readonly string[];
  isOver: (view: ProjectView) => boolean;
};

/** Brings a bad commit to a project, watches all of it, and scores what was seen. */
export async function runProjectFault(fault: ProjectFault, order: Order): Promise<DrillResult> {
  const { fleet, story, signal } = order;
  const { client, project, slots, backend } = fleet;
  if (slots.length < 2)
    throw new CliFailure(EXIT.usage, `${fault.name} needs a project with two slots or more`);
  const { policy } = await client.projects.get({ project });
  const before: Before[] = [];
  for (const slot of slots) before.push(await prepareSlot(fault, { fleet, slot, signal }));

  story.begin(fault, slots.join(', '), project);
  const trial = await TRIALS[fault.name](fleet, before, signal);
  const tell = (at: number, text: string): void => story.tell(at - trial.at, text);
  tell(trial.at, `broken: ${trial.commit.slice(0, 7)} of the customer asked for ${trial.how}`);
  const limitMs = patience(fault, policy) * slots.length + policy.rollout.waveTimeoutMs;
  const end = await watchProject(trial, { fleet, limitMs, tell, signal });

  const hit = before.filter(({ slot }) => trial.hit(end.view).includes(slot));
  const healings = await Promise.all(
    hit.map(({ slot, view }) =>
      watchIncident({
        fleet,
        slot,
        machineId: view.identity.machineId,
        injectedAt: trial.at,
        limitMs: patience(fault, policy),
        tell: (at, text) => tell(at, `${slot}: ${text}`),
        signal,
      }),
    ),
  );
  const wrong = [
    ...(end.isOver ? [] : ['it is not over in time']),
    ...(fault.name === 'bad-rollout'
      ? await whatIsWrongWithRollout(fleet, { before, trial, view: end.view })
      : whatIsWrongWithBlame(end.view, trial)),
  ];
  for (const one of before) wrong.push(...(await whatIsWrongWith(one, { fleet, signal })));
  const seen = { injectedAt: trial.at, pidnapNoticedAt: null, wrong, ...joinHealings(healings) };
  const result = score(fault, seen, { slot: hit.map(({ slot }) => slot).join(', '), backend });
  story.end(result, shortcomings(fault, result, wrong));
  return result;
}

const TRIALS: Record<
  ProjectFault['name'],
  (fleet: DrillFleet, before: readonly Before[], signal: AbortSignal) => Promise<Trial>
> = {
  'bad-rollout': async ({ client, project, folder }, _, signal) => {
    const commit = await commitBad('customer', folder, signal);
    const at = Date.now();
    const { rollout } = await client.projects.refreshCode({ project, refs: { customer: commit } });
    const isThis = (one: Rollout | null): one is Rollout => one !== null && one.number === rollout?.number;
    return {
      at,
      commit,
      how: 'by a rollout',
      hit: (view) => (isThis(view.rollout) ? view.rollout.waves.flatMap(({ slots }) => slots) : []),
      isOver: (view) => isThis(view.rollout) && view.rollout.endedAt !== null,
    };
  },
  'bad-version-everywhere': async ({ client, folder, slots }, before, signal) => {
    const commit = await commitBad('customer', folder, signal);
    const at = Date.now();
    await Promise.all(
      before.map(({ view }) =>
        client.machines.refreshCode({ machineId: view.identity.machineId, refs: { customer: commit } }),
      ),
    );
    return {
      at,
      commit,
      how: `of ${slots.length} machines at once`,
      hit: () => slots,
      isOver: ({ incidents, rollout }) =>
        incidents.some(({ openedAt, closedAt }) => openedAt >= at && closedAt !== null) &&
        (rollout === null || rollout.endedAt !== null),
    };
  },
};

/** Tells what the project does until it is over. A look that fails is made again; the limit bounds the patience. */
async function watchProject(
  trial: Trial,
  {
    fleet,
    limitMs,
    tell,
    signal,
  }: { fleet: DrillFleet; limitMs: number; tell: (at: number, text: string) => void; signal: AbortSignal },
): Promise<{ view: ProjectView; isOver: boolean }> {
  const { client, project } = fleet;
  const limit = performance.now() + limitMs;
  let rollout: Rollout | null = null;
  const told = new Set<number>();
  for (;;) {
    const view = await client.projects.get({ project }).catch((error: unknown) => {
      if (performance.now() >= limit) throw error;
      return null;
    });
    if (view !== null) {
      if (view.rollout !== null && view.rollout.startedAt >= trial.at) {
        const known = rollout?.number === view.rollout.number ? rollout : null;
        for (const line of rolloutProgress(known, view.rollout)) tell(view.now, line);
        rollout = view.rollout;
      }
      for (const { number, message, openedAt } of view.incidents) {
        if (openedAt < trial.at || told.has(number)) continue;
        told.add(number);
        tell(openedAt, `project incident: ${clean(message)}`);
      }
      const isOver = trial.isOver(view);
      if (isOver || performance.now() >= limit) return { view, isOver };
    }
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

function joinHealings(healings: readonly Healing[]): Pick<Healing, 'incident' | 'healthyAt'> {
  const times = healings.map(({ healthyAt }) => healthyAt);
  return {
    incident: joinIncidents(healings.flatMap(({ incident }) => (incident === null ? [] : [incident]))),
    healthyAt: times.length === 0 || times.includes(null) ? null : Math.max(...times.map(Number)),
  };
}
