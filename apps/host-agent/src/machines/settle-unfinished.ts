import type { Operation } from '@fettle/contract/host-agent';
import { finish, unfinished } from '../core/action-log.ts';
import { settle } from '../core/settlement.ts';
import { copyIdOf } from '../copies/copy-store.ts';
import { toHostFailure } from '../host-failure.ts';
import type { HostParts } from './machine-host.ts';
import type { Operations } from './operations.ts';

interface SettleParts extends HostParts {
  operations: Operations;
}

/**
 * Ends every operation that was running when the host-agent died. What each kind comes to is decided by `settle`,
 * from what exists now. Runs before the host accepts anything, so nothing else changes a machine meanwhile.
 */
export async function settleUnfinished(parts: SettleParts): Promise<void> {
  for (const machineId of await parts.actions.list()) {
    for (const operation of unfinished(await parts.actions.read(machineId))) {
      const error = await settleOne(machineId, operation, parts);
      parts.log(
        `${operation.action.id} (${operation.kind}) was interrupted: ${error === null ? 'done' : error.message}`,
      );
      const log = finish(await parts.actions.read(machineId), {
        actionId: operation.action.id,
        error,
        now: Date.now(),
      });
      await parts.actions.write(log);
    }
  }
}

async function settleOne(
  machineId: string,
  operation: Operation,
  { backend, records, copies, operations }: SettleParts,
): Promise<Operation['error']> {
  const interrupted = { code: 'PROVIDER_FAILED', message: 'The host-agent ended in the middle of it' };
  const copyId = copyIdOf(machineId, operation.action.sequence);
  try {
    if (operation.kind === 'copy') await copies.discard(copyId);
    const settlement = settle(operation, {
      observation: await backend.observe(machineId),
      record: await records.read(machineId),
      copyThere: (await copies.find(copyId)) !== null,
    });
    switch (settlement) {
      case 'done':
        return null;
      case 'failed':
        return interrupted;
      case 'finish-create':
        await operations.start(machineId);
        return null;
      case 'undo-create':
        await operations.destroy(machineId);
        return interrupted;
      case 'finish-rebuild':
        await operations.finishRebuild(machineId);
        return null;
      case 'undo-rebuild':
        await operations.finishRebuild(machineId);
        return interrupted;
      case 'finish-destroy':
        await operations.destroy(machineId);
        return null;
      default:
        return settlement satisfies never;
    }
  } catch (error) {
    const { code, message } = toHostFailure(error);
    return { code, message };
  }
}
