import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { MachineFolder } from '../disk/state-folder.ts';
import { readInstance, writeInstance } from './instance-record.ts';
import { machineEnvironment } from './machine-environment.ts';
import { readProcess } from './process-table.ts';

interface LaunchOrder {
  machineId: string;
  hostId: string;
  folder: MachineFolder;
  /** Folder of the image that the machine was created from. */
  image: string;
}

/**
 * Starts a machine's main process in a session of its own, so that it outlives the host-agent and no terminal signal
 * reaches it. Resolves when the process exists and is recorded.
 */
export async function launch({ machineId, hostId, folder, image }: LaunchOrder): Promise<void> {
  const output = await open(folder.output, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [join(image, 'runtime.cjs'), 'boot', '--root', folder.disk], {
      cwd: folder.disk,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      env: {
        ...machineEnvironment({ machineId, hostId, disk: folder.disk }),
        // To pidnap each launch is a boot of the machine, as the start of a container is.
        PIDNAP_BOOT_ID: randomUUID(),
      },
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid!;
    const startMark = (await readProcess(pid, hostId))?.startMark ?? 'ended';
    const record = { format: 1, pid, startMark, startedAt: Date.now(), exitCode: null } as const;
    await writeInstance(folder.instance, record);

    const noteEnd = async (code: number | null, signalName: NodeJS.Signals | null) => {
      const exitCode = code ?? 128 + (signalName === null ? 0 : constants.signals[signalName]);
      const current = await readInstance(folder.instance);
      // A newer run has its own record, and a destroyed machine gets none back.
      if (current?.pid === pid && current.startMark === startMark) {
        await writeInstance(folder.instance, { ...current, exitCode });
      }
    };
    const onEnd = (code: number | null, signalName: NodeJS.Signals | null) => {
      noteEnd(code, signalName).catch((error: unknown) => {
        process.stderr.write(`host-agent: the end of ${machineId} could not be recorded: ${String(error)}\n`);
      });
    };
    if (child.exitCode !== null || child.signalCode !== null) onEnd(child.exitCode, child.signalCode);
    else child.once('exit', onEnd);
  } finally {
    await output.close();
  }
}
