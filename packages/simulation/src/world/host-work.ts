/** What each kind of work does to a machine; every function says what went wrong, or `null`. */
import type { ActionRef, VersionRefs, VersionSet } from '@fettle/contract';
import type { CopyStore } from './copies.ts';
import type { HostRequest } from './host-request.ts';
import type { Sandbox } from './sandbox.ts';
import type { Repositories } from './versions.ts';

/** What work needs of the host that does it. */
export type Workplace = {
  now: number;
  copies: CopyStore;
  repositories: Repositories;
  boot: (sandbox: Sandbox) => void;
  /** The copy that is being taken turns out to be corrupt. */
  spoilsCopy: boolean;
};

/** Carries an effect out. */
export function carryOut(at: Workplace, sandbox: Sandbox, request: HostRequest): string | null {
  switch (request.kind) {
    case 'create':
      return create(at, sandbox, request);
    case 'rebuild':
      return rebuild(at, sandbox, request);
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

function create(at: Workplace, sandbox: Sandbox, request: HostRequest): string | null {
  const { restoreCopyId } = request;
  if (sandbox.diskPresent) return 'Something of this machine is there already';
  const stored = restoreCopyId === null ? null : at.copies.find(restoreCopyId);
  if (stored === undefined) return 'There is no such copy';
  const image = request.image ?? at.repositories.head.image;
  if (!at.repositories.canMake(image)) return 'The image cannot be started';
  sandbox.restore(restoreCopyId, stored?.writes ?? 0);
  sandbox.image = image;
  sandbox.versions = checkedOut(at.repositories, request.versions, { ...at.repositories.head, image });
  at.boot(sandbox);
  return null;
}

/** Another image over the same disk. Commits that cannot be installed leave those that are there. */
function rebuild({ repositories, boot }: Workplace, sandbox: Sandbox, request: HostRequest): string | null {
  if (!sandbox.diskPresent || request.image === null) return 'There is no such machine';
  if (!repositories.canMake(request.image)) return 'The image cannot be started';
  sandbox.image = request.image;
  const { image } = request;
  const kept = sandbox.versions === null ? null : { ...sandbox.versions, image };
  sandbox.versions =
    checkedOut(repositories, request.versions, kept ?? { ...repositories.head, image }) ?? kept;
  boot(sandbox);
  return null;
}

/** What is on the disk after a checkout; `null` when it cannot be installed. */
function checkedOut(repositories: Repositories, refs: VersionRefs, present: VersionSet): VersionSet | null {
  return repositories.canInstall(refs) ? repositories.resolve(refs, present) : null;
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
