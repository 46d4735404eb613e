/** What is done inside a machine through its supervisor. pidnap acts on an action id once, so that repeats are harmless. */
import {
  applyProcessDefinition,
  applyProcessName,
  CHECKOUT_PROCESS,
  restoreProcessDefinition,
  restoreProcessName,
  type PendingAction,
} from '@fettle/core';
import type { PidnapClient } from '@fettle/pidnap/client';
import { ProviderError } from '../providers/machine-provider.ts';
import { withTimeLimit } from '../time-limit.ts';
import { lastWords } from './last-words.ts';

type Inside = { pidnap: PidnapClient; callTimeoutMs: number };

/** How long an object waits for work to be brought back, in milliseconds; below 20 s, because waiting is billed. */
const RESTORE_WAIT_MS = 15_000;

/** One id per service, made from the action's: a repeat restarts nothing twice, also when it was cut off in between. */
export async function restartServices(
  action: Extract<PendingAction, { do: 'restart-services' }>,
  { pidnap, callTimeoutMs }: Inside,
): Promise<void> {
  for (const name of action.names) {
    await withTimeLimit(callTimeoutMs, (signal) =>
      pidnap.restart({ name, actionId: `${action.ref.id}/${name}` }, { signal }),
    );
  }
}

/** pidnap runs the change, not the daemon: the daemon may be what the versions broke. */
export async function applyVersions(
  { ref, refs, fresh }: Extract<PendingAction, { do: 'apply-versions' }>,
  { pidnap, callTimeoutMs }: Inside,
): Promise<void> {
  await withTimeLimit(callTimeoutMs * 2, async (signal) => {
    const checkout = await pidnap.get({ name: CHECKOUT_PROCESS }, { signal });
    const definition = applyProcessDefinition(checkout.definition, { action: ref, refs, fresh });
    await pidnap.add({ name: applyProcessName(ref), definition, actionId: ref.id }, { signal });
  });
}

/**
 * Brings saved work back and waits for what comes of it. A repeat finds the process of the first time, and its end.
 * Rejects with the reason when it was refused.
 */
export async function restoreWork(
  { ref, from, evidence }: Extract<PendingAction, { do: 'restore-work' }>,
  { pidnap, callTimeoutMs }: Inside,
): Promise<void> {
  const name = restoreProcessName(ref);
  await withTimeLimit(callTimeoutMs * 2, async (signal) => {
    const checkout = await pidnap.get({ name: CHECKOUT_PROCESS }, { signal });
    const definition = restoreProcessDefinition(checkout.definition, { from, evidence });
    await pidnap.add({ name, definition, actionId: ref.id }, { signal });
  });
  const { reached, process } = await withTimeLimit(RESTORE_WAIT_MS + callTimeoutMs, (signal) =>
    pidnap.wait({ name, until: 'ended', timeoutMs: RESTORE_WAIT_MS }, { signal }),
  );
  if (!reached) throw new ProviderError('DEADLINE_EXCEEDED', 'The work is still being brought back');
  if (process.state === 'completed') return;
  const why = await lastWords({ name, pidnap, timeoutMs: callTimeoutMs });
  throw new ProviderError('CONFLICT', why ?? process.message);
}
