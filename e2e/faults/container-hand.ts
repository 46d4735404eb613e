import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dockerHand } from '../../apps/cli/src/drill/docker-hand.ts';
import { findRole, type ProcessRole } from '../../apps/cli/src/drill/machine-hand.ts';
import { HOST_LABEL, machineName } from '../../apps/host-agent/src/core/container-spec.ts';

const run = promisify(execFile);
/** Rules in a container's network are root's affair. */
const AS_ROOT = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

/** Takes memory until a process, the first that the kernel should choose, is killed for it. */
const EAT_MEMORY = `
const { readFileSync, writeFileSync } = require('node:fs');
const lives = () => {
  try { return !/^\\d+ \\(.*\\) Z/.test(readFileSync('/proc/' + process.argv[1] + '/stat', 'utf8')); } catch { return false; }
};
writeFileSync('/proc/' + process.argv[1] + '/oom_score_adj', '1000');
const held = [];
while (lives()) held.push(Buffer.alloc(8 << 20, 1));
`;

/** What Docker says of a machine's container, past the host-agent. */
export type ContainerFacts = { id: string; status: string; startedAt: string; pid: number };

/** How a test takes hold of one machine's container, past everything that Fettle offers. */
export type ContainerHand = ReturnType<typeof containerHand>;

/** Whether rules can be put into the network of a container here. */
export async function canCutNetworks(): Promise<boolean> {
  try {
    const [program = '', ...args] = [
      ...AS_ROOT,
      'nsenter',
      '--net=/proc/self/ns/net',
      'iptables',
      '--version',
    ];
    await run(program, args);
    return true;
  } catch {
    // Neither root nor a sudo that asks nothing, or no such programs: the tests say so.
    return false;
  }
}

/** Runs the docker command line; resolves with what it printed. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args)).stdout.trim();
}

/** Takes hold of a machine's container. */
export function containerHand(hostId: string, machineId: string) {
  const name = machineName(hostId, machineId);
  const hand = dockerHand({ hostId, machineId });

  async function facts(): Promise<ContainerFacts> {
    const format = '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.State.Pid}}';
    const [id = '', status = '', startedAt = '', pid = ''] = (
      await docker('inspect', '--type=container', '--format', format, name)
    ).split(' ');
    return { id, status, startedAt, pid: Number(pid) };
  }

  async function pidOf(role: ProcessRole): Promise<number> {
    const found = findRole(await hand.processes(), role);
    if (found === null) throw new Error(`${machineId} has no ${role} process`);
    return found.pid;
  }

  async function iptables(...rule: string[]): Promise<void> {
    const { pid } = await facts();
    const [program = '', ...args] = [
      ...AS_ROOT,
      'nsenter',
      '-t',
      String(pid),
      '-n',
      'iptables',
      '-w',
      ...rule,
    ];
    await run(program, args);
  }

  return {
    name,
    machineId,
    facts,
    signal: async (role: ProcessRole, signal: 'SIGKILL' | 'SIGSTOP') =>
      hand.signal(await pidOf(role), signal),
    /** Removes the container and its volume. */
    wipeOut: () => hand.wipeOut(),
    /** Drops what the rest of a rule is about, on the way in or out. Loopback stays as it is. */
    drop: (way: 'INPUT' | 'OUTPUT', ...what: string[]) =>
      iptables('-A', way, way === 'INPUT' ? '-i' : '-o', 'eth0', ...what, '-j', 'DROP'),
    /** Takes all such rules back. */
    openNetwork: () => iptables('-F'),
    /** Has the kernel kill this process because the machine's memory is used up. */
    async runOutOfMemory(role: ProcessRole): Promise<void> {
      const pid = await pidOf(role);
      // Where it was pidnap, this command is ended with its container.
      await docker('exec', '--user', '1000', name, 'node', '-e', EAT_MEMORY, String(pid)).catch(
        () => undefined,
      );
    },
    /** Runs a shell script on the machine's disk. */
    sh: (script: string) => docker('exec', '--user', '1000', name, 'sh', '-c', script),
  };
}

/**
 * Makes a volume that has room for only so much, under a name that the host-agent is about to use, and keeps it from
 * being emptied while nothing else has it, by a container that goes with those of the host.
 */
export async function makeSmallVolume(
  hostId: string,
  volume: { name: string; labels: Record<string, string>; megabytes: number; image: string },
): Promise<void> {
  const labels = Object.entries(volume.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
  const mount = ['type=tmpfs', 'device=tmpfs', `o=size=${volume.megabytes}m,mode=755,uid=1000,gid=1000`];
  const options = mount.flatMap((option) => ['--opt', option]);
  await docker('volume', 'create', ...labels, ...options, volume.name);
  const holder = [
    '--label',
    `${HOST_LABEL}=${hostId}`,
    '--network',
    'none',
    '--volume',
    `${volume.name}:/held`,
  ];
  await docker('run', '--detach', '--init', ...holder, volume.image, 'sleep', 'infinity');
}
