import type { MachineCredentials } from '@fettle/contract';
import {
  applyProcessDefinition,
  applyProcessName,
  CHECKOUT_PROCESS,
  type MachineEvent,
  type MachineRecord,
  type Outcome,
  type PendingAction,
  type PermitRequest,
} from '@fettle/core';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';
import { withTimeLimit } from '../time-limit.ts';
import type { MachineClients } from './machine-clients.ts';
import { observe } from './observe.ts';

/** What an action may need of the world around it. */
export type ActContext = {
  record: MachineRecord;
  provider: MachineProvider;
  clients: MachineClients;
  credentials: () => Promise<MachineCredentials>;
  requestPermit: (request: PermitRequest) => Promise<Outcome>;
  callTimeoutMs: number;
  probeRoutes: boolean;
  now: () => number;
};

/** Sends one action and tells what came of it, as the next event. Never throws. */
export async function act(action: PendingAction, context: ActContext): Promise<MachineEvent> {
  const { record, provider, clients, callTimeoutMs: timeoutMs, probeRoutes } = context;
  const { machineId } = record.identity;
  if (action.do === 'observe') {
    const { services } = record;
    const { depth, ref } = action;
    const observation = await observe({
      machineId,
      services,
      depth,
      probeRoutes,
      timeoutMs,
      provider,
      clients,
      now: context.now(),
    });
    return { type: 'observed', actionId: ref.id, observation };
  }
  try {
    return { type: 'finished', actionId: action.ref.id, outcome: await send(action, context) };
  } catch (error) {
    const { code, message, retryable } = asProviderError(error);
    return { type: 'finished', actionId: action.ref.id, outcome: { ok: false, code, message, retryable } };
  }
}

async function send(
  action: Exclude<PendingAction, { do: 'observe' }>,
  context: ActContext,
): Promise<Outcome> {
  const { record, provider } = context;
  const { machineId } = record.identity;
  const { ref } = action;
  switch (action.do) {
    case 'create':
      await provider.create(ref, await newMachine(action, context));
      break;
    case 'start':
    case 'stop':
    case 'restart':
    case 'destroy':
    case 'copy':
      await provider[action.do](ref, machineId);
      break;
    case 'restart-services':
      await restartServices(action, context);
      break;
    case 'apply-versions':
      await applyVersions(action, context);
      break;
    case 'request-permit':
      return context.requestPermit(permitRequest(action));
  }
  return { ok: true };
}

function permitRequest({ level, step, host, gone }: PermitRequest): PermitRequest {
  return { level, step, host, gone };
}

async function newMachine(
  action: Extract<PendingAction, { do: 'create' }>,
  { record, credentials }: ActContext,
) {
  const { identity, services, limits, initialVersions: versions } = record;
  return {
    identity,
    services,
    limits,
    versions,
    credentials: await credentials(),
    restoreCopyId: action.restoreCopyId,
  };
}

/** One id per service, made from the action's: a repeat restarts nothing twice, also when it was cut off in between. */
async function restartServices(
  action: Extract<PendingAction, { do: 'restart-services' }>,
  context: ActContext,
): Promise<void> {
  for (const name of action.names) {
    await withTimeLimit(context.callTimeoutMs, (signal) =>
      context.clients.pidnap.restart({ name, actionId: `${action.ref.id}/${name}` }, { signal }),
    );
  }
}

/** pidnap runs the change, not the daemon: the daemon may be what the versions broke. */
async function applyVersions(
  action: Extract<PendingAction, { do: 'apply-versions' }>,
  context: ActContext,
): Promise<void> {
  const { pidnap } = context.clients;
  const { ref, refs, fresh } = action;
  await withTimeLimit(context.callTimeoutMs * 2, async (signal) => {
    const checkout = await pidnap.get({ name: CHECKOUT_PROCESS }, { signal });
    const definition = applyProcessDefinition(checkout.definition, { action: ref, refs, fresh });
    await pidnap.add({ name: applyProcessName(ref), definition, actionId: ref.id }, { signal });
  });
}
