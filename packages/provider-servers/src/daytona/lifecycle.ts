import { randomBytes } from 'node:crypto';
import type { DaytonaParts } from './parts.ts';
import { Refusal, textParameter, type Call, type Handlers } from '../server/call.ts';
import { isNamed, type Sandbox, type Sandboxes } from './sandboxes.ts';
import type { SandboxRecord } from './record.ts';

/** Start, stop, recover, archive and delete, with Daytona's rules for what each needs. */
export function lifecycleHandlers(parts: DaytonaParts, sandboxes: Sandboxes): Handlers {
  const { host } = parts;
  const found = (call: Call) => sandboxes.find(textParameter(call, 'sandboxIdOrName') ?? '');
  const answered = (sandbox: Sandbox) => ({ status: 200, body: sandboxes.answer(sandbox) });

  const start = (record: SandboxRecord) =>
    sandboxes.begin(
      record.id,
      record.rests === 'archived' ? 'restore' : 'start',
      (action) => host.act('start', record.machineId, action),
      { previewToken: newToken(), errorReason: null, recoverable: false },
    );

  return {
    async startSandbox(call) {
      const sandbox = await found(call);
      const { record, told } = sandbox;
      if (told.state === 'started') return answered(sandbox);
      assertSettled(sandbox);
      if (told.state !== 'stopped' && told.state !== 'archived')
        throw new Refusal(400, 'Sandbox is not in valid state');
      return answered(await start(record));
    },

    async stopSandbox(call) {
      const sandbox = await found(call);
      assertSettled(sandbox);
      if (sandbox.told.state !== 'started') throw new Refusal(400, 'Sandbox is not started');
      return answered(await stopSandbox(parts, sandboxes, sandbox.record));
    },

    async recoverSandbox(call) {
      const sandbox = await found(call);
      const { record, told } = sandbox;
      if (told.state !== 'error') throw new Refusal(400, 'Only a sandbox in error state can be recovered');
      if (!told.recoverable) throw new Refusal(400, 'The sandbox cannot be recovered');
      // An error that a drill made up is over with that.
      for (const { id, fault } of parts.faults.list())
        if (fault.kind === 'error' && isNamed(record, fault.machine)) parts.faults.remove(id);
      if (call.parameters['skipStart'] === true) {
        sandboxes.change(record.id, { rests: 'stopped', errorReason: null, recoverable: false });
        return answered(await found(call));
      }
      return answered(await start(record));
    },

    async archiveSandbox(call) {
      const sandbox = await found(call);
      assertSettled(sandbox);
      if (sandbox.told.state !== 'stopped') throw new Refusal(400, 'Sandbox is not stopped');
      return answered(await archiveSandbox(parts, sandboxes, sandbox.record));
    },

    async deleteSandbox(call) {
      const sandbox = await found(call);
      assertSettled(sandbox);
      return answered(await destroySandbox(parts, sandboxes, sandbox.record));
    },
  };
}

/** Stops a sandbox; one whose auto-delete interval is 0 is gone with that. */
export function stopSandbox(
  { host }: DaytonaParts,
  sandboxes: Sandboxes,
  record: SandboxRecord,
): Promise<Sandbox> {
  const kind = record.autoDeleteInterval === 0 ? 'destroy' : 'stop';
  return sandboxes.begin(record.id, kind, (action) => host.act(kind, record.machineId, action));
}

/** Archives a stopped sandbox: its data is copied; here its disk stays as well, so that it can be restored at once. */
export function archiveSandbox(
  { host }: DaytonaParts,
  sandboxes: Sandboxes,
  record: SandboxRecord,
): Promise<Sandbox> {
  return sandboxes.begin(record.id, 'archive', (action) => host.act('copy', record.machineId, action));
}

/** Deletes a sandbox with its disk. */
export function destroySandbox(
  { host }: DaytonaParts,
  sandboxes: Sandboxes,
  record: SandboxRecord,
): Promise<Sandbox> {
  return sandboxes.begin(record.id, 'destroy', (action) => host.act('destroy', record.machineId, action));
}

/** A token that lets its owner see a port. */
export function newToken(): string {
  return randomBytes(16).toString('hex');
}

function assertSettled({ record }: Sandbox): void {
  if (record.change !== null) throw new Refusal(400, 'Sandbox state change in progress');
}
