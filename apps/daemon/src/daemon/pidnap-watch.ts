import type { PidnapClient } from '@fettle/pidnap/client';
import { setTimeout as delay } from 'node:timers/promises';
import { log } from './log.ts';

const RECONNECT_MS = { initial: 200, max: 5000 };

/**
 * Calls `onChange` for every change of state or health under pidnap, and after each reconnect: what was missed in
 * between is a change too. Reconnects until `signal` is aborted; resolves then.
 */
export async function watchPidnap({
  pidnap,
  onChange,
  signal,
}: {
  pidnap: PidnapClient;
  onChange: () => void;
  signal: AbortSignal;
}): Promise<void> {
  let pause = RECONNECT_MS.initial;
  while (!signal.aborted) {
    try {
      for await (const _event of await pidnap.events({}, { signal })) {
        pause = RECONNECT_MS.initial;
        onChange();
      }
    } catch (error) {
      if (signal.aborted) return;
      log('warn', 'The stream of events from pidnap broke', { error });
    }
    onChange();
    await delay(pause, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
    pause = Math.min(RECONNECT_MS.max, pause * 2);
  }
}
