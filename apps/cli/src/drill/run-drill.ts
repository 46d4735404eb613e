import { findControlPlane, type ConnectionOptions } from '../connection/find-control-plane.ts';
import { explainError } from '../connection/explain-error.ts';
import { fleetFolder } from '../connection/fleet-state.ts';
import type { Provider } from '../connection/provider.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { watchAncestors } from '../processes/watch-ancestors.ts';
import { demoTemplate, slotNames } from '../start/demo-policy.ts';
import { startFleet, waitUntilHealthy, wardenLost, type RunningFleet } from '../start/start-fleet.ts';
import { drillFolder, resetFleet } from '../warden/reset-fleet.ts';
import { handsOf, readHost, type DrillFleet } from './drill-fleet.ts';
import { DRILL_POLICY, DRILL_RESTART_BUDGET } from './drill-policy.ts';
import { FAULTS, isForProject, slotFor, type Fault, type FaultName } from './faults.ts';
import type { DrillOptions } from './options.ts';
import { runFault } from './run-fault.ts';
import { runProjectFault } from './run-project-fault.ts';
import type { DrillResult } from './score.ts';
import { jsonStory, textStory, type DrillStory } from './story.ts';

const PROJECT = 'drill';
const SLOTS = 3;
const HEALTHY_LIMIT_MS = 300_000;

/**
 * Breaks one machine after the other and shows the healing. Resolves with whether every fault healed at its level;
 * everything that the drill started has ended then. Throws when it cannot be done at all.
 */
export async function runDrill(options: DrillOptions): Promise<boolean> {
  const story = options.json ? jsonStory(console.log, console.error) : textStory(process.stdout);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new CliFailure(EXIT.failed, 'the drill was interrupted'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, stop);
  const stopWatching = await watchAncestors(stop);
  try {
    return options.attach
      ? await drillRunning(options, story, stopping.signal)
      : await drillOwn(options, story, stopping.signal);
  } catch (error) {
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  } finally {
    stopWatching();
  }
}

async function drillRunning(options: DrillOptions, story: DrillStory, signal: AbortSignal): Promise<boolean> {
  const { client, url, project } = await findControlPlane(options satisfies ConnectionOptions, process.env);
  const host = await readHost(options.state);
  const folder = fleetFolder(options.state);
  const view = await client.projects.get({ project }).catch((error: unknown) => {
    throw explainError(error, url);
  });
  const slots = view.slots.map(({ slot }) => slot);
  story.say(
    `drilling ${project} at ${url} (${host.backend}); its own policy applies: checks every ${view.policy.check.intervalMs / 1000} s`,
  );
  const fleet = { client, url, project, slots, folder, backend: host.backend, hand: handsOf(host, folder) };
  return allHealed(await breakAll(fleet, options.faults, story, signal), story);
}

async function drillOwn(options: DrillOptions, story: DrillStory, signal: AbortSignal): Promise<boolean> {
  const state = drillFolder(options.state);
  await resetFleet(state, signal);
  story.say('starting a fleet of its own…');
  const running = await startFleet({
    // What the drill measures are times; a database beside it would only take a share of the processors.
    options: {
      state,
      port: 0,
      backend: options.backend,
      provider: options.provider,
      project: PROJECT,
      metrics: null,
    },
    planFor: (heads, provider) => ({
      project: PROJECT,
      slots: slotNames(SLOTS),
      template: drillTemplate(heads, provider),
      policy: DRILL_POLICY,
      insistOnPolicy: false,
    }),
    onMessage: (message) => {
      if (message.type === 'trouble') story.say(message.message);
    },
    signal,
  });
  let isGood = false;
  const lost = wardenLost(running.warden);
  const over = AbortSignal.any([signal, lost]);
  try {
    await waitUntilHealthy(running, { limitMs: HEALTHY_LIMIT_MS, signal: over });
    const fleet = describe(running, state);
    story.say(
      `${SLOTS} machines are healthy (${fleet.backend}: ${running.warden.running.backendReason}), checked every 2 s`,
    );
    isGood = allHealed(await breakAll(fleet, options.faults, story, over), story);
    return isGood;
  } catch (error) {
    throw lost.aborted ? lost.reason : error;
  } finally {
    await running.warden.stop();
    if (isGood || signal.aborted) await forget(state);
    else
      story.say(
        `the drill's fleet is kept in ${state} for a look; the next drill or npm run reset removes it`,
      );
  }
}

function drillTemplate(heads: { platform: string; customer: string }, provider: Provider) {
  const template = demoTemplate(heads, provider);
  return {
    ...template,
    services: template.services.map((service) => ({ ...service, restartBudget: DRILL_RESTART_BUDGET })),
  };
}

function describe({ client, url, project, warden }: RunningFleet, state: string): DrillFleet {
  const folder = fleetFolder(state);
  const { backend, hostId } = warden.running;
  return {
    client,
    url,
    project,
    slots: slotNames(SLOTS),
    backend,
    folder,
    hand: handsOf({ hostId, backend }, folder),
  };
}

async function breakAll(
  fleet: DrillFleet,
  names: readonly FaultName[],
  story: DrillStory,
  signal: AbortSignal,
): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  for (const [index, name] of names.entries()) {
    const fault: Fault = FAULTS[name];
    const slot = slotFor(index, fleet.slots);
    results.push(
      isForProject(fault)
        ? await runProjectFault(fault, { fleet, story, signal })
        : await runFault(fault, { fleet, slot, story, signal }),
    );
  }
  return results;
}

function allHealed(results: readonly DrillResult[], story: DrillStory): boolean {
  story.finish(results);
  return results.every(({ healed }) => healed);
}

async function forget(state: string): Promise<void> {
  await resetFleet(state, new AbortController().signal);
}
