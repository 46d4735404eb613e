import { bundleProgram } from '@fettle/pidnap/bundle';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../test/wait-for.ts';
import type { ResourceFigures } from '../metrics/resource-figures.ts';

const IMAGE = 'node:24-bookworm-slim';
const MB = 1024 * 1024;

const wanted = process.env.FETTLE_DOCKER === '1';
if (!wanted) {
  process.stderr.write(
    '\n*** SKIPPED: what a container uses was NOT compared with what Docker says (FETTLE_DOCKER=1 does it) ***\n\n',
  );
}

/** What Docker's API says of a container; the fields that its own command line computes from. */
type DockerStats = {
  cpu_stats: { cpu_usage: { total_usage: number }; system_cpu_usage: number; online_cpus: number };
  precpu_stats: DockerStats['cpu_stats'];
  memory_stats: {
    usage: number;
    limit: number;
    stats: { total_inactive_file?: number; inactive_file?: number };
  };
};

type Line = { figures: ResourceFigures };

describe.runIf(wanted)('in a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-collectors-'));
  const program = join(folder, 'burn.cjs');
  const containers: string[] = [];
  beforeAll(() =>
    bundleProgram({
      folder: resolve(import.meta.dirname, '../..'),
      entry: 'test/burn-and-measure.ts',
      outFile: program,
    }),
  );
  afterEach(() => {
    for (const id of containers.splice(0)) docker('rm', '--force', id);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Starts a program that uses memory, disk cache and processor time, and measures itself every second. */
  function start(...options: string[]): string {
    const mount = ['--volume', `${program}:/opt/burn.cjs:ro`];
    const id = docker('run', '--detach', ...options, ...mount, IMAGE, 'node', '/opt/burn.cjs');
    containers.push(id);
    return id;
  }

  /** The newest figures once several are there, and what Docker says at about that time. */
  async function compare(id: string) {
    await waitFor('it measured', () => linesOf(id).length > 1);
    const stats = (await askEngine(`/containers/${id}/stats?stream=false`)) as DockerStats;
    const line = await waitFor('it measured after Docker did', () => linesOf(id).at(-1));
    const { cpu_stats: now, precpu_stats: before, memory_stats: memory } = stats;
    const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
    const processors = (used / (now.system_cpu_usage - before.system_cpu_usage)) * now.online_cpus;
    const cache = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0;
    const docker = { processors, usedMb: (memory.usage - cache) / MB, limitMb: memory.limit / MB };
    return { ours: line.figures, docker };
  }

  test.each([
    ['with limits', ['--cpus', '0.5', '--memory', '256m'], { cpuLimit: 0.5, memoryTotalMb: 256 }],
    ['with a limit of memory alone', ['--memory', '300m'], { memoryTotalMb: 300 }],
    ['without limits', [], {}],
    [
      'on one processor only, without a network',
      ['--cpuset-cpus', '0', '--memory', '256m', '--network', 'none'],
      { cpuLimit: 1, networkReceivedBytes: 0, networkSentBytes: 0 },
    ],
  ])('%s, figures are those of Docker', async (_, options, expected) => {
    const { ours, docker: theirs } = await compare(start(...options));
    expect(ours).toMatchObject(expected);
    expect(ours.cpuSource).toMatch(/^cgroup[12]$/);
    expect(ours.memorySource).toMatch(/^cgroup[12]$/);
    expect(ours.memoryTotalMb).toBeCloseTo(theirs.limitMb, -1);
    // The program opens 100, Node a few dozen; the host has several hundreds.
    expect(ours.openFiles).toBeGreaterThan(100);
    expect(ours.openFiles).toBeLessThan(200);
    // Within 10 points of cpu %, because the two look at different moments, and 5 % of memory.
    const theirPercent = (theirs.processors / (ours.cpuLimit ?? NaN)) * 100;
    console.log(
      `${options.join(' ') || 'no limits'}: cpu ${ours.cpuPercent} % (Docker ${theirPercent.toFixed(1)}), ` +
        `memory ${ours.memoryUsedMb} MB (Docker ${theirs.usedMb.toFixed(1)})`,
    );
    expect(Math.abs((ours.cpuPercent ?? NaN) - theirPercent)).toBeLessThan(10);
    expect(Math.abs((ours.memoryUsedMb ?? NaN) - theirs.usedMb) / theirs.usedMb).toBeLessThan(0.05);
  });

  function linesOf(id: string): Line[] {
    return docker('logs', id)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }
});

function docker(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`docker ${args[0]} failed: ${stderr}`);
  return stdout.trim();
}

/** Asks the engine itself: the command line rounds its figures. */
async function askEngine(path: string): Promise<unknown> {
  const [answer] = (await once(get({ socketPath: '/var/run/docker.sock', path }), 'response')) as [
    IncomingMessage,
  ];
  return json(answer);
}
