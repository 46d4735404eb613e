import Docker from 'dockerode';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { MachineHand } from './machine-hand.ts';

/** Labels that the host-agent puts on everything of a machine. */
const MACHINE_LABEL = 'fettle.machine';
const HOST_LABEL = 'fettle.host';
const TIMEOUT_MS = 30_000;

/** Prints the processes of the container as JSON; the image has no `ps`. */
const LIST_SCRIPT = `
const { readdirSync, readFileSync } = require('node:fs');
const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid);
const read = (pid) => { try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8'); } catch { return ''; } };
console.log(JSON.stringify(pids.map((pid) => ({ pid: Number(pid), command: read(pid).split('\\0').join(' ').trim() }))));
`;

const Listing = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ pid: v.number(), command: v.string() })),
);

/** Takes hold of a machine that is a container, through the engine itself. */
export function dockerHand({ hostId, machineId }: { hostId: string; machineId: string }): MachineHand {
  const docker = new Docker({ timeout: TIMEOUT_MS });
  const filters = { label: [`${HOST_LABEL}=${hostId}`, `${MACHINE_LABEL}=${machineId}`] };

  async function container(): Promise<Docker.Container> {
    const [found] = await docker.listContainers({ all: true, filters });
    if (found === undefined) throw new Error(`${machineId} has no container`);
    return docker.getContainer(found.Id);
  }

  async function run(command: string[]): Promise<string> {
    const exec = await (await container()).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
    const stream = await exec.start({});
    let stdout = '';
    const sink = { write: (chunk: Buffer) => ((stdout += chunk.toString('utf8')), true) };
    docker.modem.demuxStream(stream, sink as unknown as NodeJS.WritableStream, process.stderr);
    await new Promise<void>((resolve, reject) => {
      stream.on('end', resolve);
      stream.on('close', resolve);
      stream.on('error', reject);
    });
    for (;;) {
      const { Running, ExitCode } = await exec.inspect();
      if (!Running && ExitCode !== 0) throw new Error(`${command[0]} ended with exit code ${ExitCode}`);
      if (!Running) return stdout;
      await pause(20);
    }
  }

  return {
    processes: async () => v.parse(Listing, await run(['node', '-e', LIST_SCRIPT])),
    async signal(pid, signal) {
      await run(['node', '-e', `process.kill(${pid}, '${signal}')`]);
    },
    async wipeOut() {
      await (await container()).remove({ force: true, v: true });
      const { Volumes } = await docker.listVolumes({ filters });
      for (const { Name } of Volumes) await docker.getVolume(Name).remove({ force: true });
    },
  };
}
