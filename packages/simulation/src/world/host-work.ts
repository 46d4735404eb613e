/** What each kind of work does to a machine; every function says what went wrong, or `null`. */
import type { ActionRef } from '@fettle/contract';
import type { CopyStore } from './copies.ts';
import type { HostRequest } from './host-request.ts';
import type { Sandbox } from './sandbox.ts';

/** What work needs of the host that does it. */
export type Workplace = {
  now: number;
  copies: CopyStore;
  boot: (sandbox: Sandbox) => void;
  /** The copy that is being taken turns out to be corrupt. */
  spoilsCopy: boolean;
};

/** Carries an effect out. */
export function carryOut(at: Workplace, sandbox: Sandbox, request: HostRequest): string | null {
  switch (request.kind) {
    case 'create':
      return create(at, sandbox, request.restoreCopyId);
    case 'start':
    case 'restart':
      if (!sandbox.diskPresent) return 'There is no such machine';
      at.boot(sandbox);
      return null;
    case 'stop':
      sandbox.halt(at.now, { exitCode: 0, memoryKilled: false });
      return null;
    case 'destroy':
      sandbox.vanish(at.now, true);
      return null;
    case 'copy':
      return copy(at, sandbox, request.ref);
  }
}

function create(at: Workplace, sandbox: Sandbox, restoreCopyId: string | null): string | null {
  if (sandbox.diskPresent) return 'Something of this machine is there already';
  const stored = restoreCopyId === null ? null : at.copies.find(restoreCopyId);
  if (stored === undefined) return 'There is no such copy';
  sandbox.restore(restoreCopyId, stored?.writes ?? 0);
  at.boot(sandbox);
  return null;
}

/** A corrupt copy is found out by its checksum when it is taken, and is none. */
function copy(at: Workplace, sandbox: Sandbox, ref: ActionRef): string | null {
  const { machineId, slot } = sandbox;
  if (!sandbox.diskPresent) return 'There is no disk';
  if (at.spoilsCopy) return 'The copy does not match its checksum';
  const writes = sandbox.writesAt(at.now);
  const taken = {
    copyId: `${machineId}.${ref.sequence}`,
    machineId,
    takenAt: at.now,
    bytes: writes,
    sha256: SHA,
  };
  at.copies.add({ copy: taken, slot, writes });
  sandbox.lastCopy = taken;
  return null;
}

const SHA = 'c'.repeat(64);
