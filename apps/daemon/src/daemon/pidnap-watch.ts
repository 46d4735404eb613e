import type { PidnapClient } from '@fettle/pidnap/client';
import { setTimeout as delay } from 'node:timers/promises';
import { log } from './log.ts';

const RECONNECT_MS = { initial: 200, max: 5000 };

type Yielded<Stream> = Stream extends AsyncIterable<infer Event> ? Event : never;
/** One event of pidnap's stream. */
export type PidnapEvent = Yielded<Awaited<ReturnType<PidnapClient['events']>>>;

/**
 * Passes on every event of pidnap's stream, in order; each stream begins with a list of all processes. Reconnects until
 * `signal` is aborted; resolves then. `onBreak`: a stream ended, and what happens meanwhile is not seen.
 */
export async function watchPidnap({
  pidnap,
  onEvent,
  onBreak,
  signal,
}: {
  pidnap: PidnapClient;
  onEvent: (event: PidnapEvent) => void;
  onBreak: () => void;
  signal: AbortSignal;
}): Promise<void> {
  let pause = RECONNECT_MS.initial;
  while (!signal.aborted) {
    try {
      for await (const event of await pidnap.events({}, { signal })) {
        pause = RECONNECT_MS.initial;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      log('warn', 'The stream of events from pidnap broke', { error });
    }
    onBreak();
    await delay(pause, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    pause = Math.min(RECONNECT_MS.max, pause * 2);
  }
}
