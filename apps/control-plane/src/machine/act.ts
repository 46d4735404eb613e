import type { Policy } from '@fettle/contract';
import type { MachineEvent, MachineRecord, Outcome, PendingAction, PermitRequest } from '@fettle/core';
import type { CollectEvidence } from '../evidence/collect-evidence.ts';
import type { MachineProvider, NewMachine } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';
import { withTimeLimit } from '../time-limit.ts';
import { applyVersions, restartServices, restoreWork } from './act-inside.ts';
import type { MachineClients } from './machine-clients.ts';
import { observe } from './observe.ts';

/** What an action may need of the world around it. */
export type ActContext = {
  record: MachineRecord;
  policy: Policy;
  provider: MachineProvider;
  clients: MachineClients;
  /** The bootstrap token of this action: the same however often it is sent. */
  bootstrapToken: (action: PendingAction, epoch: number) => Promise<string>;
  commandKeys: () => Promise<string[]>;
  requestPermit: (request: PermitRequest) => Promise<Outcome>;
  collectEvidence: CollectEvidence;
  now: () => number;
};

/** Sends one action and tells what came of it, as the next event. Never throws. */
export async function act(action: PendingAction, context: ActContext): Promise<MachineEvent> {
  const { record, policy, provider, clients } = context;
  if (action.do === 'observe') {
    const observation = await observe({
      machineId: record.identity.machineId,
      services: record.services,
      depth: action.depth,
      probeRoutes: policy.check.probeRoutes,
      timeoutMs: policy.check.callTimeoutMs,
      provider,
      clients,
      now: context.now(),
    });
    return { type: 'observed', actionId: action.ref.id, observation };
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
  const { provider, clients, policy } = context;
  const { machineId } = context.record.identity;
  const { ref } = action;
  const inside = { pidnap: clients.pidnap, callTimeoutMs: policy.check.callTimeoutMs };
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
    case 'rebuild':
      await provider.rebuild(ref, machineId, { image: action.image, versions: action.refs });
      break;
    case 'restart-services':
      await restartServices(action, inside);
      break;
    case 'apply-versions':
      await applyVersions(action, inside);
      break;
    case 'restore-work':
      await restoreWork(action, inside);
      break;
    case 'bootstrap':
      await handOver(action, context);
      break;
    case 'collect-evidence':
      return { ok: true, evidence: await context.collectEvidence(action) };
    case 'request-permit':
      return context.requestPermit(permitRequest(action));
  }
  return { ok: true };
}

/** The daemon answers when it has exchanged the token, for which it asks us in turn. */
async function handOver(
  action: Extract<PendingAction, { do: 'bootstrap' }>,
  { clients, policy, bootstrapToken }: ActContext,
): Promise<void> {
  const token = await bootstrapToken(action, action.epoch);
  await withTimeLimit(policy.check.callTimeoutMs, (signal) =>
    clients.daemon.bootstrap({ token }, { signal }),
  );
}

function permitRequest({ level, step, host, gone, versions }: PermitRequest): PermitRequest {
  return { level, step, host, gone, versions };
}

async function newMachine(
  action: Extract<PendingAction, { do: 'create' }>,
  { record, policy, bootstrapToken, commandKeys }: ActContext,
): Promise<NewMachine> {
  const { identity, services, limits, initialVersions: versions, initialImage: image, regions } = record;
  return {
    identity,
    services,
    limits,
    versions,
    image,
    regions,
    onNoCapacity: policy.capacity.onNone,
    bootstrap: await bootstrapToken(action, record.credentials.epoch),
    commandKeys: await commandKeys(),
    restoreCopyId: action.restoreCopyId,
  };
}
