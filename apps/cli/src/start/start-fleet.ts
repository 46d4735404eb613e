import { createFettleClient, type FettleClient } from '@fettle/client';
import { setTimeout as pause } from 'node:timers/promises';
import { fleetFolder, readFleetState } from '../connection/fleet-state.ts';
import type { Provider } from '../connection/provider.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { isFleetHealthy } from '../output/fleet-rows.ts';
import { openWarden, type OpenWarden } from '../warden/open-warden.ts';
import type { WardenMessage, WardenOptions } from '../warden/wire.ts';
import { readFleet, type FleetReading } from './read-fleet.ts';
import { setUpProject, type ProjectPlan } from './set-up-project.ts';

/** A fleet that was started here and ends with `stop`. */
export type RunningFleet = {
  warden: OpenWarden;
  client: FettleClient;
  url: string;
  token: string;
  project: string;
  /** Whether the project was made by this start. */
  isNew: boolean;
  /** When this start had its control plane, by the control plane's clock. */
  since: number;
  checkMs: number;
};

/** Starts everything and makes the project. Throws what a person can do something about; then nothing is left. */
export async function startFleet({
  options,
  planFor,
  onMessage,
  signal,
}: {
  options: WardenOptions;
  /** The project to have, given the newest commits of its repositories and who makes its machines. */
  planFor: (heads: { platform: string; customer: string }, provider: Provider) => ProjectPlan;
  onMessage: (message: WardenMessage) => void;
  signal: AbortSignal;
}): Promise<RunningFleet> {
  const warden = await openWarden(options, { onMessage, signal });
  try {
    const { url, heads, provider } = warden.running;
    const state = await readFleetState(fleetFolder(options.state).stateFile);
    if (state === null) throw new Error('the warden wrote no state');
    const client = createFettleClient({ url, token: state.operatorToken });
    const { view, isNew } = await setUpProject(client, {
      ...planFor(heads, provider),
      project: state.project,
    });
    const { project, now: since, policy } = view;
    return {
      warden,
      client,
      url,
      token: state.operatorToken,
      project,
      isNew,
      since,
      checkMs: policy.check.intervalMs,
    };
  } catch (error) {
    await warden.stop();
    throw error;
  }
}

const LOOK_EVERY_MS = 500;

/**
 * Waits until every slot leads to a machine that was found healthy since the start. `onReading` sees every look.
 * Throws `notHealthy` with what is known of the others when the time is over.
 */
export async function waitUntilHealthy(
  { client, project, since }: Pick<RunningFleet, 'client' | 'project' | 'since'>,
  {
    limitMs,
    signal,
    onReading,
  }: { limitMs: number; signal: AbortSignal; onReading?: (reading: FleetReading) => void },
): Promise<void> {
  const limit = performance.now() + limitMs;
  for (let failed: unknown = null; ; await pause(LOOK_EVERY_MS, undefined, { signal })) {
    // A control plane that has to be restarted meanwhile is the warden's affair.
    const reading = await readFleet(client, project).catch((error: unknown) => void (failed = error));
    if (reading) onReading?.(reading);
    if (reading && isFleetHealthy(reading.lines, since)) return;
    if (performance.now() < limit) continue;
    throw reading ? notHealthy(reading, since, limitMs) : failed;
  }
}

/** Fires, with a failure that says why, when a warden ends without having been asked to. */
export function wardenLost(warden: OpenWarden): AbortSignal {
  const lost = new AbortController();
  void warden.lost.then((why) =>
    lost.abort(new CliFailure(EXIT.failed, why, { hint: 'see logs/warden.log in the state folder' })),
  );
  return lost.signal;
}

function notHealthy({ lines }: FleetReading, since: number, limitMs: number): CliFailure {
  const sick = lines.filter((line) => !isFleetHealthy([line], since));
  const words = sick.map(({ slot, phase, machine }) => {
    const findings = machine?.verdict?.findings.map(({ message }) => message).join('; ');
    return `${slot} is ${phase}${findings ? `: ${findings}` : ''}`;
  });
  return new CliFailure(
    EXIT.notHealthy,
    `not healthy after ${Math.round(limitMs / 1000)} s: ${words.join(' · ')}`,
    {
      hint: 'the logs are in the state folder, under logs/ and host/machines/',
    },
  );
}
