import { readHostRecord } from './disk/host-record.ts';
import { removeFolder } from './disk/remove-folder.ts';
import { derivedHostId, stateFolder } from './disk/state-folder.ts';
import { lockState } from './disk/state-lock.ts';
import { removeDockerHost } from './docker/remove-host.ts';
import type { ResetOptions } from './options.ts';
import { readProcesses } from './process/process-table.ts';
import { terminate } from './process/terminate.ts';

/**
 * Removes everything that carries this host's id: containers, volumes, the network, process trees, and the state
 * folder with disks and copies. Nothing else is touched. Throws CONFLICT while a host-agent runs on the state.
 */
export async function resetHost(options: ResetOptions, log: (message: string) => void): Promise<void> {
  const state = stateFolder(options.state);
  const remembered = await readHostRecord(state.hostFile).catch(() => null);
  const hostId = options.hostId ?? remembered?.hostId ?? derivedHostId(state.root);
  const unlock = await lockState(state.lockFile);
  try {
    const marked = (await readProcesses(hostId)).flatMap(({ machineId }) => machineId ?? []);
    for (const machineId of new Set(marked)) {
      log(`ending the processes of ${machineId}`);
      await terminate({ machineId, hostId, recorded: null, graceMs: 3_000 });
    }
    // A host that never used Docker may have no engine; one that did must have it to be clean.
    await removeDockerHost({ hostId, required: remembered?.backend === 'docker', log });
    await removeFolder(state.root);
  } finally {
    await unlock();
  }
}
