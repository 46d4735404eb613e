import { setTimeout as pause } from 'node:timers/promises';
import { explainError } from '../connection/explain-error.ts';
import { watchAncestors } from '../processes/watch-ancestors.ts';
import type { WardenMessage } from '../warden/wire.ts';
import {
  DEMO_CHECK_MS,
  DEMO_METRICS_MS,
  demoPolicy,
  demoTemplate,
  describeDemoPolicy,
  slotNames,
} from './demo-policy.ts';
import type { StartOptions } from './options.ts';
import { readFleet } from './read-fleet.ts';
import { startFleet, waitUntilHealthy, wardenLost, type RunningFleet } from './start-fleet.ts';
import { jsonVoice, textVoice, type Voice } from './voice.ts';
import { sqlCurl } from './sql-curl.ts';
import { welcome } from './welcome.ts';

const PROJECT = 'demo';
const REDRAW_EVERY_MS = 1000;

/**
 * Runs `npm start` until Ctrl-C, a signal, or the end of whoever started it. Everything that was started has ended
 * when this resolves. Throws a `CliFailure` for what a person can do something about.
 */
export async function runStart(options: StartOptions): Promise<void> {
  const voice = options.json
    ? jsonVoice((line) => process.stdout.write(`${line}\n`))
    : textVoice(process.stdout);
  const stopping = stopSignal(voice);
  const stopWatching = await watchAncestors(() => stopping.abort());
  try {
    await run(options, voice, stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    stopWatching();
    voice.end();
  }
}

async function run(options: StartOptions, voice: Voice, signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const { state, port, backend, provider, slots, checkMs } = options;
  let runsSince = startedAt;
  const fleet = await startFleet({
    options: { state, port, backend, provider, project: PROJECT, metrics: { everyMs: DEMO_METRICS_MS } },
    planFor: (heads, provider) => ({
      project: PROJECT,
      slots: slotNames(slots),
      template: demoTemplate(heads, provider),
      policy: demoPolicy(checkMs ?? DEMO_CHECK_MS),
      insistOnPolicy: checkMs !== null,
    }),
    onMessage: (message) => {
      if (message.type === 'running') runsSince = performance.now();
      tellMessage(voice, message);
    },
    signal,
  });
  try {
    const { backend: kind, backendReason, sqlUrl, provider: madeBy, providerUrl } = fleet.warden.running;
    const sqlApi = sqlUrl === null ? null : { url: sqlUrl, curl: sqlCurl({ sqlUrl, state }) };
    voice.step(
      'project',
      `${fleet.project}, ${fleet.isNew ? 'new' : 'as it was'}; ${slots} slots`,
      performance.now() - runsSince,
    );
    const machines = { backend: kind, reason: backendReason, provider: madeBy, providerUrl };
    voice.say(welcome(fleet, { machines, sqlApi }), {
      event: 'running',
      url: fleet.url,
      statusPage: `${fleet.url}/#${fleet.token}`,
      backend: kind,
      backendReason,
      provider: madeBy,
      providerUrl,
      sqlApi,
    });
    voice.say(describeDemoPolicy(fleet.checkMs), { event: 'policy', checkMs: fleet.checkMs });
    await live(fleet, { options, voice, signal, startedAt });
  } finally {
    voice.say('parking the machines…', { event: 'stopping' });
    await fleet.warden.stop();
    voice.say(`stopped; everything is kept in ${options.state}, the next start finds it again`, {
      event: 'stopped',
    });
  }
}

async function live(
  fleet: RunningFleet,
  {
    options,
    voice,
    signal,
    startedAt,
  }: { options: StartOptions; voice: Voice; signal: AbortSignal; startedAt: number },
): Promise<void> {
  const lost = wardenLost(fleet.warden);
  const over = AbortSignal.any([signal, lost]);
  try {
    await waitUntilHealthy(fleet, {
      limitMs: options.exitWhenHealthy ? options.healthyWithinMs : Infinity,
      signal: over,
      onReading: (reading) => voice.fleet(reading),
    });
    voice.step('healthy', `all of ${options.slots}`, performance.now() - startedAt);
    if (!options.exitWhenHealthy) await redraw(fleet, voice, over);
  } catch (error) {
    throw lost.aborted ? lost.reason : error;
  }
  lost.throwIfAborted();
}

/** Shows the fleet until `signal` fires. A control plane that is being restarted is told once, not every second. */
async function redraw(fleet: RunningFleet, voice: Voice, signal: AbortSignal): Promise<void> {
  for (let isDown = false; !signal.aborted;) {
    try {
      voice.fleet(await readFleet(fleet.client, fleet.project));
      isDown = false;
    } catch (error) {
      const { message } = explainError(error, fleet.url);
      if (!isDown && !signal.aborted)
        voice.say(message, { event: 'trouble', part: 'control-plane', message });
      isDown = true;
    }
    await pause(REDRAW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function tellMessage(voice: Voice, message: WardenMessage): void {
  switch (message.type) {
    case 'step':
      return voice.step(message.step, message.detail, message.tookMs);
    case 'trouble':
      return voice.say(message.message, { event: 'trouble', part: message.part, message: message.message });
    case 'running':
    case 'failed':
      return;
    default:
      message satisfies never;
  }
}

/** Fires at Ctrl-C and at signals that ask for the end. A second Ctrl-C is answered, not obeyed: parking is bounded. */
export function stopSignal(voice: Pick<Voice, 'say'>): AbortController {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted)
        voice.say('still parking; this takes at most half a minute', { event: 'stopping' });
      stopping.abort();
    });
  }
  return stopping;
}
